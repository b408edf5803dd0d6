/* SPDX-License-Identifier: MIT */
/*
 * Results as JSON for other tools: our own schema; Bencher Metric Format
 * (https://bencher.dev/docs/reference/bencher-metric-format), an object by test and measure; and
 * github-action-benchmark's customSmallerIsBetter, a list. What cannot be believed is no metric.
 */
#include "report/json_text.h"
#include "report/show_write.h"

void at_show_write_json(struct at_text *text, const struct at_results *results,
                        const struct at_show_options *options)
{
    (void) options;
    at_results_write(text, results);
}

static bool is_metric(const struct at_result_test *test)
{
    return test->measured && !at_result_distrust(test);
}

void at_show_write_bencher(struct at_text *text, const struct at_results *results,
                           const struct at_show_options *options)
{
    (void) options;
    at_text_add_string(text, "{");
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        struct at_text id = { 0 };
        if (!is_metric(test))
            continue;
        at_result_describe_id(&id, results->pool, test->id, test->parameter);
        at_json_name(text, at_text_get(&id));
        at_text_add_string(text, "{");
        for (size_t j = 0; j < AT_GATES; j++) {
            at_json_name(text, at_gate_names[j]);
            at_text_add_string(text, "{");
            at_json_integer(text, "value", test->usage[at_gate_figures[j]]);
            at_text_add_string(text, "}");
        }
        at_text_add_string(text, "}");
        at_text_free(&id);
    }
    at_text_add_string(text, "}\n");
}

void at_show_write_github_action_benchmark(struct at_text *text, const struct at_results *results,
                                           const struct at_show_options *options)
{
    (void) options;
    static const char *const units[AT_GATES] = { "allocs", "bytes", "bytes", "leaks" };
    at_text_add_string(text, "[");
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        for (size_t j = 0; is_metric(test) && j < AT_GATES; j++) {
            struct at_text name = { 0 };
            at_result_describe_id(&name, results->pool, test->id, test->parameter);
            at_text_printf(&name, " %s", at_gate_names[j]);
            at_json_separate(text);
            at_text_add_string(text, "\n{");
            at_json_member(text, "name", at_text_get(&name));
            at_json_member(text, "unit", units[j]);
            at_json_integer(text, "value", test->usage[at_gate_figures[j]]);
            at_text_add_string(text, "}");
            at_text_free(&name);
        }
    }
    at_text_add_string(text, "\n]\n");
}
