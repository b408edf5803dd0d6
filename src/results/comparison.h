/* SPDX-License-Identifier: MIT */
/*
 * The comparison of one run with its baseline: an outcome for each test, and whether the check
 * fails. A test whose usage is unreliable fails, and so do results without any test, since nothing
 * was checked.
 */
#ifndef AT_RESULTS_COMPARISON_H
#define AT_RESULTS_COMPARISON_H

#include "results/baseline.h"

struct at_finding {
    uint32_t shown_program; /* the test's program if another one has a test with this id; else 0 */
    enum at_check_outcome outcome;
    bool fails;
    const struct at_result_test *test;       /* NULL if it was removed */
    const struct at_baseline_test *recorded; /* in the baseline; NULL if the test is new */
    const struct at_finding *renamed_from;   /* of a new test: a removed one with equal metrics */
};

struct at_compare_options {
    struct at_tolerance allow[AT_BASELINE_METRICS]; /* for every test */
    bool new_fails;
    bool removed_fails;
    bool other_section_fails; /* if the baseline has no section for the environment */
};

/* The section that results are compared with. */
enum at_compared_with {
    AT_COMPARED_WITH_NONE,
    AT_COMPARED_WITH_NEAREST, /* of another environment (nearest.h) */
    AT_COMPARED_WITH_OWN
};

struct at_comparison {
    const struct at_results *results;
    const struct at_baseline *baseline;
    enum at_compared_with compared_with;
    const struct at_section *section; /* NULL if compared with none */
    struct at_compare_options options;
    AT_ARRAY(struct at_finding) findings; /* by id, parameter and program */
    size_t counts[AT_OUTCOMES];
    bool failed;
};

/* Compare sorted results with a baseline. Both must outlive the comparison, which
   at_comparison_free() releases. */
void at_compare(struct at_comparison *comparison, const struct at_results *results,
                const struct at_baseline *baseline, const struct at_compare_options *options);
void at_comparison_free(struct at_comparison *comparison);

/* Return the highest value of a metric that is within the baseline and its tolerances. */
int64_t at_comparison_limit(const struct at_comparison *comparison,
                            const struct at_baseline_test *recorded, size_t metric);

/* Append the differences of a finding by location; none if call sites were not recorded. They
   explain the metrics that decide the outcome. */
void at_comparison_locations(const struct at_comparison *comparison,
                             const struct at_finding *finding, struct at_location_changes *changes);

#endif
