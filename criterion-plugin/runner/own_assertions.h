/* SPDX-License-Identifier: MIT */
/*
 * Passed assertions that the plugin's workers send to the runner (shared/mark.h). Criterion adds
 * them to its statistics, from which they are removed at the end.
 *
 * Worker ids: Criterion's statistics do not identify the worker of a parameter. So each such worker
 * sends its id. Warnings: a limit with .warn reports without failing. The runner prints the report,
 * because the test may have redirected its standard error.
 */
#ifndef CRITERION_ALLOC_RUNNER_OWN_ASSERTIONS_H
#define CRITERION_ALLOC_RUNNER_OWN_ASSERTIONS_H

#include "shared/state.h"

struct criterion_assert_stats;
struct criterion_global_stats;
struct criterion_test_stats;

/* Return the id of the worker that ran this parameter, or 0 if the worker sent none: its process
   ended before the body began, or the test has no parameters. */
uint32_t criterion_alloc_worker_id_get(const struct criterion_test_stats *test);

/* Return whether the assertion is a warning. Print it then. */
bool criterion_alloc_warning_print(struct criterion_alloc_shared *shared,
                                   const struct criterion_assert_stats *stats);

/* Remove the plugin's assertions from the statistics. Call this function once, after the last call
   of the functions above, and before Criterion writes its outputs. */
void criterion_alloc_own_assertions_remove(struct criterion_global_stats *all);

#endif
