/* SPDX-License-Identifier: MIT */
/* Results as a table for people; with option `sites`, each line is followed by the test's call
 * sites. */
#include "cli/describe.h"
#include "cli/show_write.h"

/* Return the row of a test; it refers to `id`. */
static struct at_summary_row summarise(const struct at_results *results,
                                       const struct at_result_test *test, struct at_text *id)
{
    struct at_text raw = { 0 };
    at_result_describe_id(&raw, results->pool, test->shown_program, test->id, test->parameter);
    id->length = 0;
    at_escape_plain(id, at_text_get(&raw));
    at_text_free(&raw);
    return at_result_summary(test, at_text_get(id));
}

void at_show_write_text(struct at_text *text, const struct at_results *results,
                        const struct at_show_options *options)
{
    struct at_summary_widths widths = at_summary_widths();
    struct at_text id = { 0 };
    for (size_t i = 0; i < results->tests.n; i++) {
        struct at_summary_row row = summarise(results, &results->tests.at[i], &id);
        at_summary_measure(&widths, &row);
    }
    at_summary_add_header(text, &widths);
    for (size_t i = 0; i < results->tests.n; i++) {
        struct at_summary_row row = summarise(results, &results->tests.at[i], &id);
        at_summary_add_row(text, &widths, &row);
        if (options->sites)
            at_show_add_sites(text, results, &results->tests.at[i], options->by);
    }
    at_text_free(&id);
}
