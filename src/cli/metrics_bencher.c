/* SPDX-License-Identifier: MIT */
/*
 * Bencher Metric Format, https://bencher.dev/docs/reference/bencher-metric-format: an object by
 * test and measure.
 */
#include "base/json_text.h"
#include "cli/describe.h"
#include "cli/show_write.h"

static void add_bencher(struct at_text *text, const struct at_results *run, size_t n_runs,
                        const struct at_result_test *test)
{
    struct at_text name = { 0 };
    at_describe_series(&name, run, n_runs, test);
    at_json_name(text, at_text_get(&name));
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        at_json_name(text, at_baseline_metric_name(i));
        at_text_add_string(text, "{");
        at_json_integer(text, "value", test->usage[at_baseline_metrics[i]]);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "}");
    at_text_free(&name);
}

void at_metrics_write_bencher(struct at_text *text, const struct at_results *runs, size_t n_runs)
{
    at_text_add_string(text, "{");
    for (size_t k = 0; k < n_runs; k++)
        for (size_t i = 0; i < runs[k].tests.n; i++)
            if (at_has_reliable_metrics(&runs[k].tests.at[i]))
                add_bencher(text, &runs[k], n_runs, &runs[k].tests.at[i]);
    at_text_add_string(text, "}\n");
}
