/* SPDX-License-Identifier: MIT */
/*
 * Results as JSON for other tools: our own schema; Bencher Metric Format
 * (https://bencher.dev/docs/reference/bencher-metric-format), an object by test and measure; and
 * github-action-benchmark's customSmallerIsBetter, a list. What cannot be believed is no metric.
 * One document has the runs of all environments; if there are several, names tell them apart.
 */
#include "base/json_text.h"
#include "cli/show_write.h"
#include "results/environment.h"

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

static void describe(struct at_text *name, const struct at_results *run, size_t n_runs,
                     const struct at_result_test *test)
{
    at_result_describe_id(name, run->pool, test->id, test->parameter);
    if (n_runs <= 1)
        return;
    at_text_add_string(name, " (");
    at_environment_describe(name, run->pool, &run->environment);
    at_text_add_string(name, ")");
}

static void add_bencher(struct at_text *text, const struct at_results *run, size_t n_runs,
                        const struct at_result_test *test)
{
    struct at_text name = { 0 };
    describe(&name, run, n_runs, test);
    at_json_name(text, at_text_get(&name));
    at_text_add_string(text, "{");
    for (size_t i = 0; i < AT_GATES; i++) {
        at_json_name(text, at_gate_names[i]);
        at_text_add_string(text, "{");
        at_json_integer(text, "value", test->usage[at_gate_figures[i]]);
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
            if (is_metric(&runs[k].tests.at[i]))
                add_bencher(text, &runs[k], n_runs, &runs[k].tests.at[i]);
    at_text_add_string(text, "}\n");
}

static void add_benchmark(struct at_text *text, const struct at_results *run, size_t n_runs,
                          const struct at_result_test *test)
{
    static const char *const units[AT_GATES] = { "allocs", "bytes", "bytes", "leaks" };
    for (size_t i = 0; i < AT_GATES; i++) {
        struct at_text name = { 0 };
        describe(&name, run, n_runs, test);
        at_text_printf(&name, " %s", at_gate_names[i]);
        at_json_separate(text);
        at_text_add_string(text, "\n{");
        at_json_member(text, "name", at_text_get(&name));
        at_json_member(text, "unit", units[i]);
        at_json_integer(text, "value", test->usage[at_gate_figures[i]]);
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
            if (is_metric(&runs[k].tests.at[i]))
                add_benchmark(text, &runs[k], n_runs, &runs[k].tests.at[i]);
    at_text_add_string(text, "\n]\n");
}

void at_show_write_bencher(struct at_text *text, const struct at_results *results,
                           const struct at_show_options *options)
{
    (void) options;
    at_metrics_write_bencher(text, results, 1);
}

void at_show_write_github_action_benchmark(struct at_text *text, const struct at_results *results,
                                           const struct at_show_options *options)
{
    (void) options;
    at_metrics_write_github_action_benchmark(text, results, 1);
}
