/* SPDX-License-Identifier: MIT */
/* See comparison.h. */
#include "results/comparison.h"

#include <stdlib.h>
#include <string.h>

const char *const at_outcome_names[AT_OUTCOMES] = { "within", "skipped", "below",     "obsolete",
                                                    "new",    "above",   "distrusted" };

int64_t at_comparison_limit(const struct at_comparison *judgement,
                            const struct at_baseline_test *entry, size_t gate)
{
    int64_t figure = entry->figures[gate];
    int64_t own = at_tolerance_limit(figure, &entry->allow[gate]);
    int64_t all = at_tolerance_limit(figure, &judgement->options.allow[gate]);
    return own > all ? own : all;
}

static enum at_outcome judge(const struct at_comparison *judgement,
                             const struct at_result_test *test,
                             const struct at_baseline_test *entry)
{
    if (!test)
        return AT_OUTCOME_OBSOLETE;
    if (test->status == AT_RESULT_SKIPPED)
        return AT_OUTCOME_SKIPPED;
    if (at_result_distrust(test))
        return AT_OUTCOME_DISTRUSTED;
    if (!entry)
        return AT_OUTCOME_NEW;
    enum at_outcome outcome = AT_OUTCOME_WITHIN;
    for (size_t i = 0; i < AT_GATES; i++) {
        int64_t figure = test->usage[at_gate_figures[i]];
        if (figure > at_comparison_limit(judgement, entry, i))
            return AT_OUTCOME_ABOVE;
        if (figure < entry->figures[i])
            outcome = AT_OUTCOME_BELOW;
    }
    return outcome;
}

static void add(struct at_comparison *judgement, const struct at_result_test *test,
                const struct at_baseline_test *entry)
{
    struct at_finding *finding = at_array_add(&judgement->findings);
    enum at_outcome outcome = judge(judgement, test, entry);
    *finding = (struct at_finding){
        .outcome = outcome,
        .test = test,
        .entry = entry,
        .fails = outcome == AT_OUTCOME_ABOVE || outcome == AT_OUTCOME_DISTRUSTED
                 || (outcome == AT_OUTCOME_NEW && judgement->options.new_fails)
                 || (outcome == AT_OUTCOME_OBSOLETE && judgement->options.obsolete_fails),
    };
    judgement->counts[outcome]++;
    judgement->failed |= finding->fails;
}

static bool same_figures(const struct at_finding *a, const struct at_finding *b)
{
    for (size_t i = 0; i < AT_GATES; i++)
        if (a->test->usage[at_gate_figures[i]] != b->entry->figures[i])
            return false;
    return true;
}

/* The one finding that `of` could be the new name of; NULL if there is none, or more than one. */
static const struct at_finding *find_twin(const struct at_comparison *judgement,
                                          const struct at_finding *of)
{
    const struct at_finding *twin = NULL;
    for (size_t i = 0; i < judgement->findings.n; i++) {
        const struct at_finding *finding = &judgement->findings.at[i];
        if (finding->outcome != AT_OUTCOME_OBSOLETE || !same_figures(of, finding))
            continue;
        if (twin)
            return NULL;
        twin = finding;
    }
    return twin;
}

/* Where several could be the new name of one, nothing is said. */
static void drop_rivals(struct at_comparison *judgement, size_t first)
{
    struct at_finding *findings = judgement->findings.at;
    const struct at_finding *twin = findings[first].twin;
    for (size_t i = first + 1; twin && i < judgement->findings.n; i++) {
        if (findings[i].twin == twin)
            findings[i].twin = findings[first].twin = NULL;
    }
}

static void find_twins(struct at_comparison *judgement)
{
    enum { TOO_MANY = 1000 }; /* then it is no rename, and each costs a look at all */
    if (judgement->counts[AT_OUTCOME_NEW] > TOO_MANY || !judgement->counts[AT_OUTCOME_OBSOLETE])
        return;
    for (size_t i = 0; i < judgement->findings.n; i++) {
        struct at_finding *finding = &judgement->findings.at[i];
        if (finding->outcome == AT_OUTCOME_NEW)
            finding->twin = find_twin(judgement, finding);
    }
    for (size_t i = 0; i < judgement->findings.n; i++)
        drop_rivals(judgement, i);
}

void at_compare(struct at_comparison *judgement, const struct at_results *results,
                const struct at_baseline *baseline, const struct at_compare_options *options)
{
    *judgement = (struct at_comparison){
        .results = results,
        .baseline = baseline,
        .section = at_baseline_section(baseline, &results->environment),
        .options = *options,
    };
    const struct at_section *section = judgement->section;
    size_t n_entries = section ? section->n_entries : 0;
    for (size_t t = 0, e = 0; t < results->tests.n || e < n_entries;) {
        const struct at_result_test *test = t < results->tests.n ? &results->tests.at[t] : NULL;
        const struct at_baseline_test *entry = e < n_entries ? &section->entries[e] : NULL;
        int order = !entry  ? -1
                    : !test ? 1
                            : at_result_compare_id(results->pool, test->id, test->parameter,
                                                   entry->id, entry->parameter);
        add(judgement, order <= 0 ? test : NULL, order >= 0 ? entry : NULL);
        t += order <= 0;
        e += order >= 0;
    }
    find_twins(judgement);
    judgement->failed |= results->tests.n == 0;
}

void at_comparison_free(struct at_comparison *judgement)
{
    free(judgement->findings.at);
    judgement->findings.at = NULL;
}

void at_comparison_locations(const struct at_comparison *judgement,
                             const struct at_finding *finding, struct at_location_changes *changes)
{
    struct at_locations head = { 0 };
    const struct at_baseline_test *entry = finding->entry;
    if (finding->test && !finding->test->has_sites)
        return;
    if (finding->test)
        at_locations_of(&head, judgement->results, finding->test);
    at_locations_compare(changes, judgement->results->pool,
                         entry ? at_baseline_test_locations(judgement->baseline, entry) : NULL,
                         entry ? entry->n_locations : 0, head.at, head.n);
    free(head.at);
}
