/* SPDX-License-Identifier: MIT */
/*
 * The call sites of a test as text, ranked by a metric: a line with the call site's part, then its
 * stack, one frame a line. Call sites that contribute nothing are left out.
 */
#include <stdlib.h>

#include "cli/describe.h"
#include "cli/show_write.h"

const char at_released_before[] = "blocks from before the test that were released";
const char at_without_site[] = "blocks without a call site";

/* By enum at_trace_end. */
static const char *const incomplete[AT_TRACE_ENDS] = {
    [AT_TRACE_CUT] = "the stack is deeper than was recorded",
    [AT_TRACE_NO_TABLE] = "the stack ends here: no unwind table",
    [AT_TRACE_NO_FILE] = "the stack ends here: code that belongs to no file",
    [AT_TRACE_LOST] = "the stack ends here: the unwind table does not lead to the caller",
};

const char *at_show_why_incomplete(enum at_trace_end end)
{
    return incomplete[end];
}

/* Append " (16 to 64 bytes each)": the sizes of several requests. */
static void add_sizes(struct at_text *text, const struct at_result_site *site)
{
    if (site->count < 2 || site->max_bytes < 0)
        return;
    at_text_add_string(text, " (");
    if (site->min_bytes != site->max_bytes) {
        at_text_add_number(text, site->min_bytes);
        at_text_add_string(text, " to ");
    }
    at_describe_metric(text, AT_BASELINE_BYTES, site->max_bytes);
    at_text_add_string(text, " each)");
}

/* Append "2 × malloc, 128 bytes leaked, of 12 (16 to 64 bytes each)". */
static void add_part(struct at_text *text, const struct at_results *results,
                     const struct at_result_site *site, enum at_by by)
{
    int64_t blocks = at_by_blocks(site, by);
    struct at_text function = { 0 };
    at_describe_function(&function, results->pool, site->function);
    at_text_add_number(text, blocks);
    at_text_add_string(text, " × ");
    at_escape_plain(text, at_text_get(&function));
    at_text_free(&function);
    at_text_add_string(text, ", ");
    at_describe_metric(text, AT_BASELINE_BYTES,
                       at_by_weight(site, by == AT_BY_ALLOCS ? AT_BY_BYTES : by));
    at_text_add_string(text, at_by_words[by].suffix);
    if (blocks != site->count) {
        at_text_add_string(text, ", of ");
        at_text_add_number(text, site->count);
    }
    add_sizes(text, site);
    if (site->leaks && by != AT_BY_LEAKS) {
        at_text_add_string(text, ", ");
        at_describe_metric(text, AT_BASELINE_LEAKS, site->leaks);
    }
}

/* Append the stack. The first frame with source text shows it. */
static void add_stack(struct at_text *text, const struct at_results *results,
                      const struct at_result_site *site, const char *indent)
{
    struct at_text line = { 0 };
    bool shows_source = true;
    for (size_t i = 0; i < site->n_frames; i++) {
        struct at_result_frame frame = at_result_frame(results, site, i);
        line.length = 0;
        if (frame.function)
            at_describe_function(&line, results->pool, frame.function);
        else
            at_describe_frame(&line, results->pool, &frame);
        if (frame.line)
            at_text_printf(&line, "  %s:%u", at_pool_get(results->pool, frame.file), frame.line);
        if (frame.source && shows_source) {
            at_text_printf(&line, "   %s", at_pool_get(results->pool, frame.source));
            shows_source = false;
        }
        at_text_printf(text, "%s  ", indent);
        at_escape_plain(text, at_text_get(&line));
        at_text_add_string(text, "\n");
    }
    if (site->end != AT_TRACE_WHOLE)
        at_text_printf(text, "%s  ... (%s)\n", indent, incomplete[site->end]);
    at_text_free(&line);
}

/* Append what the parts do not explain, so that they add up. */
static void add_rest(struct at_text *text, int64_t rest, const char *indent)
{
    if (rest == 0)
        return;
    at_text_add_string(text, indent);
    at_describe_difference(text, rest);
    at_text_printf(text, " byte%s: %s\n", rest == 1 || rest == -1 ? "" : "s",
                   rest < 0 ? at_released_before : at_without_site);
}

void at_show_add_sites(struct at_text *text, const struct at_results *results,
                       const struct at_result_test *test, enum at_by by)
{
    static const char indent[] = "    "; /* Markdown shows an indented block as it is */
    struct at_ranking ranking = at_by_rank(results, test, by);
    for (size_t i = 0; i < ranking.n; i++) {
        at_text_add_string(text, indent);
        add_part(text, results, ranking.at[i], by);
        at_text_add_string(text, "\n");
        add_stack(text, results, ranking.at[i], indent);
    }
    if (by == AT_BY_PEAK)
        add_rest(text, at_by_rest(results, test, by), indent);
    if (!test->has_sites)
        at_text_printf(text, "%scall sites were not recorded\n", indent);
    free(ranking.at);
}
