/* SPDX-License-Identifier: MIT */
/* See comparison.h. */
#include "results/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "results/nearest.h"
#include "results/test_pairs.h"

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

static void add_finding(struct at_comparison *comparison, const struct at_test_pair *pair)
{
    const struct at_result_test *test =
        pair->head == AT_NO_TEST ? NULL : &comparison->results->tests.at[pair->head];
    const struct at_baseline_test *recorded =
        pair->base == AT_NO_TEST ? NULL : &comparison->section->tests[pair->base];
    struct at_finding *finding = at_array_add(&comparison->findings);
    enum at_check_outcome outcome = outcome_of(comparison, test, recorded);
    *finding = (struct at_finding){
        .shown_program = pair->shown_program,
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

static void choose_section(struct at_comparison *comparison)
{
    const struct at_environment *environment = &comparison->results->environment;
    comparison->section = at_baseline_section(comparison->baseline, environment);
    comparison->compared_with = AT_COMPARED_WITH_OWN;
    if (comparison->section)
        return;
    comparison->section = at_baseline_nearest(comparison->baseline, environment);
    comparison->compared_with =
        comparison->section ? AT_COMPARED_WITH_NEAREST : AT_COMPARED_WITH_NONE;
    comparison->failed |= comparison->options.other_section_fails;
}

void at_compare(struct at_comparison *comparison, const struct at_results *results,
                const struct at_baseline *baseline, const struct at_compare_options *options)
{
    *comparison = (struct at_comparison){
        .results = results,
        .baseline = baseline,
        .options = *options,
    };
    choose_section(comparison);
    struct at_test_pairs pairs = { 0 };
    at_test_pairs_of_results(&pairs, comparison->section, results);
    for (size_t i = 0; i < pairs.n; i++)
        add_finding(comparison, &pairs.at[i]);
    free(pairs.at);
    find_renamed(comparison);
    comparison->failed |= results->tests.n == 0;
}

void at_comparison_free(struct at_comparison *comparison)
{
    free(comparison->findings.at);
    comparison->findings.at = NULL;
}

/* Return the metrics that decide the outcome, as bits; those that differ if none does. */
static unsigned metrics_to_explain(const struct at_comparison *comparison,
                                   const struct at_finding *finding)
{
    unsigned metrics = 0;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        int64_t now = finding->test ? finding->test->usage[at_baseline_metrics[i]] : 0;
        int64_t then = finding->recorded ? finding->recorded->metrics[i] : 0;
        bool explained = finding->outcome == AT_OUTCOME_ABOVE
                             ? now > at_comparison_limit(comparison, finding->recorded, i)
                             : now != then;
        metrics |= (unsigned) explained << i;
    }
    return metrics;
}

void at_comparison_locations(const struct at_comparison *comparison,
                             const struct at_finding *finding, struct at_location_changes *changes)
{
    struct at_locations head = { 0 };
    const struct at_baseline_test *recorded = finding->recorded;
    if ((finding->test && !finding->test->has_sites)
        || (recorded && !at_baseline_knows_locations(recorded)))
        return;
    if (finding->test)
        at_locations_of(&head, comparison->results, finding->test);
    changes->shown = metrics_to_explain(comparison, finding);
    at_locations_compare(changes, comparison->results->pool,
                         recorded ? at_baseline_test_locations(comparison->baseline, recorded)
                                  : NULL,
                         recorded ? recorded->n_locations : 0, head.at, head.n);
    free(head.at);
}
