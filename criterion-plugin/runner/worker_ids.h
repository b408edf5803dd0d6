/* SPDX-License-Identifier: MIT */
/*
 * The ids of the workers of parameters. Criterion's statistics do not identify the worker of a
 * parameter. So each such worker sends its id with a passed assertion (shared/mark.h), which
 * Criterion adds to the statistics of the parameter.
 */
#ifndef CRITERION_ALLOC_RUNNER_WORKER_IDS_H
#define CRITERION_ALLOC_RUNNER_WORKER_IDS_H

#include <stdint.h>

struct criterion_global_stats;
struct criterion_test_stats;

/* Return the id of the worker that ran this parameter, or 0 if the worker sent none: its process
   ended before the body began, or the test has no parameters. */
uint32_t criterion_alloc_worker_id_get(const struct criterion_test_stats *test);

/* Remove the assertions that have ids from the statistics. Call this function once, after the last
   call of the function above, and before Criterion writes its outputs. */
void criterion_alloc_worker_ids_remove(struct criterion_global_stats *all);

#endif
