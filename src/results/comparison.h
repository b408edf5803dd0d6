/* SPDX-License-Identifier: MIT */
/*
 * A run against its baseline: what there is to say of each test, and whether the gate holds. What
 * cannot be believed never passes, and neither does a run without tests.
 */
#ifndef AT_RESULTS_COMPARISON_H
#define AT_RESULTS_COMPARISON_H

#include "results/baseline.h"

enum at_outcome {
    AT_OUTCOME_WITHIN,
    AT_OUTCOME_SKIPPED,
    AT_OUTCOME_BELOW,      /* a hint to tighten */
    AT_OUTCOME_OBSOLETE,   /* in the baseline, but not in the results: fails if strict */
    AT_OUTCOME_NEW,        /* not in the baseline: fails if that is asked for */
    AT_OUTCOME_ABOVE,      /* fails */
    AT_OUTCOME_DISTRUSTED, /* fails */
    AT_OUTCOMES
};
extern const char *const at_outcome_names[AT_OUTCOMES];

struct at_finding {
    enum at_outcome outcome;
    bool fails;
    const struct at_result_test *test;    /* NULL if obsolete */
    const struct at_baseline_test *entry; /* NULL if new */
    const struct at_finding *twin;        /* of a new one, the obsolete one with its figures */
};

struct at_compare_options {
    struct at_tolerance allow[AT_GATES];
    bool new_fails;
    bool obsolete_fails;
};

struct at_comparison {
    const struct at_results *results;
    const struct at_baseline *baseline;
    const struct at_section *section; /* NULL: the baseline knows no such environment */
    struct at_compare_options options;
    AT_ARRAY(struct at_finding) findings; /* by id and parameter */
    size_t counts[AT_OUTCOMES];
    bool failed;
};

/* `results` are sorted; they and the baseline must outlive the judgement. */
void at_compare(struct at_comparison *judgement, const struct at_results *results,
                const struct at_baseline *baseline, const struct at_compare_options *options);
void at_comparison_free(struct at_comparison *judgement);

/* The highest figure of a test, by enum at_gate, that is within. */
int64_t at_comparison_limit(const struct at_comparison *judgement,
                            const struct at_baseline_test *entry, size_t gate);

/* Appends what differs between the finding's entry and its test, place by place. */
void at_comparison_locations(const struct at_comparison *judgement,
                             const struct at_finding *finding, struct at_location_changes *changes);

#endif
