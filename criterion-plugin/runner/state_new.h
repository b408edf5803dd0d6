/* SPDX-License-Identifier: MIT */
/*
 * The runner's side of the shared state (shared/state.h): the runner makes it before the first
 * test, and reads what the workers leave in it.
 */
#ifndef CRITERION_ALLOC_RUNNER_STATE_NEW_H
#define CRITERION_ALLOC_RUNNER_STATE_NEW_H

#include "shared/state.h"

struct criterion_test_set;
struct criterion_alloc_suppressions;

/*
 * Make the shared state of the tests in `set`, with `common` as the budgets that hold for all of
 * them, and name it in the environment for the workers. Return it; it lives as long as the process.
 * Return NULL, with the cause in `*reason`, if that is not possible.
 */
struct criterion_alloc_shared *
criterion_alloc_shared_new(struct criterion_test_set *set, const struct at_limits *common,
                           const struct criterion_alloc_suppressions *suppressions,
                           const char **reason);

/* Return the number of worker slots that a worker has taken at any time: they are the first ones.
 */
uint32_t criterion_alloc_shared_n_used(struct criterion_alloc_shared *shared);

/* Map `size` bytes of the areas, from offset `where` on. Return NULL if they are not in the areas,
   or if the kernel refuses. Release them with criterion_alloc_shared_unmap(). */
const void *criterion_alloc_shared_map(const struct criterion_alloc_shared *shared, uint64_t where,
                                       uint64_t size);
void criterion_alloc_shared_unmap(const void *bytes, uint64_t where, uint64_t size);

#endif
