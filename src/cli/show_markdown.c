/* SPDX-License-Identifier: MIT */
/* Results as a table in GitHub Flavored Markdown; with option `sites`, the call sites follow the
 * table. */
#include "cli/describe.h"
#include "cli/show_write.h"

static void add_id(struct at_text *text, const struct at_results *results,
                   const struct at_result_test *test)
{
    struct at_text id = { 0 };
    at_result_describe_id(&id, results->pool, test->shown_program, test->id, test->parameter);
    at_escape_markdown(text, at_text_get(&id));
    at_text_free(&id);
}

static void add_row(struct at_text *text, const struct at_results *results,
                    const struct at_result_test *test)
{
    struct at_summary_row row = at_result_summary(test, "");
    at_text_add_string(text, "| ");
    add_id(text, results, test);
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++) {
        at_text_add_string(text, " | ");
        at_summary_add_cell(text, &row, i);
    }
    at_text_add_string(text, " | ");
    at_summary_add_status(text, &row);
    at_text_add_string(text, " |\n");
}

void at_show_write_markdown(struct at_text *text, const struct at_results *results,
                            const struct at_show_options *options)
{
    at_text_add_string(text, "| test |");
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++)
        at_text_printf(text, " %s |", at_metric_names[at_summary_columns[i]]);
    at_text_add_string(text, " status |\n|---|");
    for (size_t i = 0; i < AT_SUMMARY_COLUMNS; i++)
        at_text_add_string(text, "--:|");
    at_text_add_string(text, "---|\n");
    for (size_t i = 0; i < results->tests.n; i++)
        add_row(text, results, &results->tests.at[i]);
    for (size_t i = 0; options->sites && i < results->tests.n; i++) {
        at_text_add_string(text, "\n**");
        add_id(text, results, &results->tests.at[i]);
        at_text_add_string(text, "**\n\n");
        at_show_add_sites(text, results, &results->tests.at[i], options->by);
    }
}
