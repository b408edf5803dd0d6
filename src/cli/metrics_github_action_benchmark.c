/* SPDX-License-Identifier: MIT */
/*
 * The input of github-action-benchmark, tool "customSmallerIsBetter": a list with an item for each
 * test and metric.
 */
#include "base/json_text.h"
#include "cli/describe.h"
#include "cli/show_write.h"

static void add_benchmark(struct at_text *text, const struct at_results *run, size_t n_runs,
                          const struct at_result_test *test)
{
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        size_t unit = i == AT_BASELINE_PEAK ? AT_BASELINE_BYTES : i;
        struct at_text name = { 0 };
        at_describe_series(&name, run, n_runs, test);
        at_text_printf(&name, " %s", at_baseline_metric_name(i));
        at_json_separate(text);
        at_text_add_string(text, "\n{");
        at_json_member(text, "name", at_text_get(&name));
        at_json_member(text, "unit", at_baseline_metric_name(unit));
        at_json_integer(text, "value", test->usage[at_baseline_metrics[i]]);
        at_text_add_string(text, "}");
        at_text_free(&name);
    }
}

void at_metrics_write_github_action_benchmark(struct at_text *text, const struct at_results *runs,
                                              size_t n_runs)
{
    at_text_add_string(text, "[");
    for (size_t k = 0; k < n_runs; k++)
        for (size_t i = 0; i < runs[k].tests.n; i++)
            if (at_has_reliable_metrics(&runs[k].tests.at[i]))
                add_benchmark(text, &runs[k], n_runs, &runs[k].tests.at[i]);
    at_text_add_string(text, "\n]\n");
}
