/* SPDX-License-Identifier: MIT */
/*
 * Which test of one run is which test of another: the one with the same id, parameter and program;
 * else, if only one test of each run has this id and parameter, that one. So a test keeps its entry
 * when its program is renamed, and an entry that names no program is found.
 */
#ifndef AT_RESULTS_TEST_PAIRS_H
#define AT_RESULTS_TEST_PAIRS_H

#include "results/baseline.h"

#define AT_NO_TEST SIZE_MAX

struct at_test_pair {
    size_t base, head;      /* index in each run; AT_NO_TEST: this run has no such test */
    uint32_t shown_program; /* the test's program if another one has a test with this id; else 0 */
};

/* Zero-initialised is empty; release `at` with free(). */
struct at_test_pairs {
    struct at_test_pair *at;
    size_t n, capacity;
};

/* Append every test of a section and of sorted results, by id, parameter and program. `section` may
   be NULL: it has no test. */
void at_test_pairs_of_results(struct at_test_pairs *pairs, const struct at_section *section,
                              const struct at_results *results);

/* Append every test of two sections in the same way. */
void at_test_pairs_of_sections(struct at_test_pairs *pairs, const struct at_pool *pool,
                               const struct at_section *base, const struct at_section *head);

#endif
