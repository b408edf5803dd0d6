/* SPDX-License-Identifier: MIT */
/* See comparison.h. */
#include "results/comparison.h"

#include <stdlib.h>
#include <string.h>

int64_t at_comparison_limit(const struct at_comparison *comparison,
                            const struct at_baseline_test *recorded, size_t metric)
{
    int64_t value = recorded->metrics[metric];
    int64_t own = at_tolerance_limit(value, &recorded->allow[metric]);
    int64_t all = at_tolerance_limit(value, &comparison->options.allow[metric]);
    return own > all ? own : all;
}

static enum at_check_outcome outcome_of(const struct at_comparison *comparison,
                                        const struct at_result_test *test,
                                        const struct at_baseline_test *recorded)
{
    if (!test)
        return AT_OUTCOME_REMOVED;
    if (test->status == AT_TEST_SKIPPED)
        return AT_OUTCOME_SKIPPED;
    if (at_result_why_unreliable(test))
        return AT_OUTCOME_UNRELIABLE;
    if (!recorded)
        return AT_OUTCOME_NEW;
    enum at_check_outcome outcome = AT_OUTCOME_WITHIN;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        int64_t value = test->usage[at_baseline_metrics[i]];
        if (value > at_comparison_limit(comparison, recorded, i))
            return AT_OUTCOME_ABOVE;
        if (value < recorded->metrics[i])
            outcome = AT_OUTCOME_BELOW;
    }
    return outcome;
}

static void add_finding(struct at_comparison *comparison, const struct at_result_test *test,
                        const struct at_baseline_test *recorded)
{
    struct at_finding *finding = at_array_add(&comparison->findings);
    enum at_check_outcome outcome = outcome_of(comparison, test, recorded);
    *finding = (struct at_finding){
        .outcome = outcome,
        .test = test,
        .recorded = recorded,
        .fails = outcome == AT_OUTCOME_ABOVE || outcome == AT_OUTCOME_UNRELIABLE
                 || (outcome == AT_OUTCOME_NEW && comparison->options.new_fails)
                 || (outcome == AT_OUTCOME_REMOVED && comparison->options.removed_fails),
    };
    comparison->counts[outcome]++;
    comparison->failed |= finding->fails;
}

static bool has_metrics_of(const struct at_finding *new, const struct at_finding *removed)
{
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        if (new->test->usage[at_baseline_metrics[i]] != removed->recorded->metrics[i])
            return false;
    return true;
}

/* Return the only removed test with the metrics of `new`; NULL if there is none, or several. */
static const struct at_finding *find_removed(const struct at_comparison *comparison,
                                             const struct at_finding *new)
{
    const struct at_finding *found = NULL;
    for (size_t i = 0; i < comparison->findings.n; i++) {
        const struct at_finding *finding = &comparison->findings.at[i];
        if (finding->outcome != AT_OUTCOME_REMOVED || !has_metrics_of(new, finding))
            continue;
        if (found)
            return NULL;
        found = finding;
    }
    return found;
}

/* If several new tests could be the same removed test, none is reported as renamed. */
static void drop_ambiguous(struct at_comparison *comparison, size_t first)
{
    struct at_finding *findings = comparison->findings.at;
    const struct at_finding *from = findings[first].renamed_from;
    for (size_t i = first + 1; from && i < comparison->findings.n; i++)
        if (findings[i].renamed_from == from)
            findings[i].renamed_from = findings[first].renamed_from = NULL;
}

static void find_renamed(struct at_comparison *comparison)
{
    enum { TOO_MANY = 1000 }; /* so many are no renames, and each costs a search */
    if (comparison->counts[AT_OUTCOME_NEW] > TOO_MANY || !comparison->counts[AT_OUTCOME_REMOVED])
        return;
    for (size_t i = 0; i < comparison->findings.n; i++) {
        struct at_finding *finding = &comparison->findings.at[i];
        if (finding->outcome == AT_OUTCOME_NEW)
            finding->renamed_from = find_removed(comparison, finding);
    }
    for (size_t i = 0; i < comparison->findings.n; i++)
        drop_ambiguous(comparison, i);
}

void at_compare(struct at_comparison *comparison, const struct at_results *results,
                const struct at_baseline *baseline, const struct at_compare_options *options)
{
    *comparison = (struct at_comparison){
        .results = results,
        .baseline = baseline,
        .section = at_baseline_section(baseline, &results->environment),
        .options = *options,
    };
    const struct at_section *section = comparison->section;
    size_t n_recorded = section ? section->n_tests : 0;
    for (size_t t = 0, r = 0; t < results->tests.n || r < n_recorded;) {
        const struct at_result_test *test = t < results->tests.n ? &results->tests.at[t] : NULL;
        const struct at_baseline_test *recorded = r < n_recorded ? &section->tests[r] : NULL;
        int order = !recorded ? -1
                    : !test   ? 1
                              : at_result_compare_id(results->pool, test->id, test->parameter,
                                                     recorded->id, recorded->parameter);
        add_finding(comparison, order <= 0 ? test : NULL, order >= 0 ? recorded : NULL);
        t += order <= 0;
        r += order >= 0;
    }
    find_renamed(comparison);
    comparison->failed |= results->tests.n == 0;
}

void at_comparison_free(struct at_comparison *comparison)
{
    free(comparison->findings.at);
    comparison->findings.at = NULL;
}

void at_comparison_locations(const struct at_comparison *comparison,
                             const struct at_finding *finding, struct at_location_changes *changes)
{
    struct at_locations head = { 0 };
    const struct at_baseline_test *recorded = finding->recorded;
    if (finding->test && !finding->test->has_sites)
        return;
    if (finding->test)
        at_locations_of(&head, comparison->results, finding->test);
    at_locations_compare(changes, comparison->results->pool,
                         recorded ? at_baseline_test_locations(comparison->baseline, recorded)
                                  : NULL,
                         recorded ? recorded->n_locations : 0, head.at, head.n);
    free(head.at);
}
