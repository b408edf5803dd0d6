/* SPDX-License-Identifier: MIT */
/*
 * Folded stacks, the input of flamegraph.pl: "test;outer;inner;malloc 64", a line for each call
 * site that contributes to the metric. The number is its part of the metric.
 */
#include <stdlib.h>

#include "cli/describe.h"
#include "cli/show_write.h"

/* A name must not contain the separators of frames and lines. */
static void add_folded(struct at_text *text, const char *name)
{
    for (; *name; name++)
        at_text_add(text, *name == ';' ? ":" : (unsigned char) *name < ' ' ? " " : name, 1);
}

static void add_folded_site(struct at_text *text, const struct at_results *results,
                            const struct at_result_test *test, const struct at_result_site *site,
                            enum at_by by)
{
    struct at_text name = { 0 };
    at_result_describe_id(&name, results->pool, test->shown_program, test->id, test->parameter);
    add_folded(text, at_text_get(&name));
    for (size_t i = site->n_frames; i-- > 0;) {
        struct at_result_frame frame = at_result_frame(results, site, i);
        name.length = 0;
        at_describe_frame(&name, results->pool, &frame);
        at_text_add_string(text, ";");
        add_folded(text, at_text_get(&name));
    }
    at_text_free(&name);
    at_text_add_string(text, ";");
    add_folded(text, at_pool_get(results->pool, site->function));
    at_text_printf(text, " %lld\n", (long long) at_by_weight(site, by));
}

void at_show_write_folded(struct at_text *text, const struct at_results *results,
                          const struct at_show_options *options)
{
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        struct at_ranking ranking = at_by_rank(results, test, options->by);
        for (size_t k = 0; k < ranking.n; k++)
            add_folded_site(text, results, test, ranking.at[k], options->by);
        free(ranking.at);
    }
}
