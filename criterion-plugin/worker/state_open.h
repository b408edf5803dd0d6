/* SPDX-License-Identifier: MIT */
/*
 * The worker's side of the shared state (shared/state.h): the worker maps it, takes a worker slot,
 * and maps its own area.
 */
#ifndef CRITERION_ALLOC_WORKER_STATE_OPEN_H
#define CRITERION_ALLOC_WORKER_STATE_OPEN_H

#include "shared/state.h"

/*
 * Map the shared state of the test runner and return it, with a descriptor of it in `*fd`, which
 * criterion_alloc_shared_map_area() closes. Return NULL, with the cause in `*reason`, if the state
 * cannot be mapped. `*reason` is valid as long as the process lives.
 */
struct criterion_alloc_shared *criterion_alloc_shared_open(int *fd, const char **reason);

/*
 * Take a worker slot for a worker of the test with that entry, and return it with a worker id of
 * its own. Return NULL if all slots are taken.
 */
struct criterion_alloc_worker_slot *
criterion_alloc_worker_slot_take(struct criterion_alloc_shared *shared, uint32_t entry);

/* Return a worker slot, whose worker has a verdict. */
void criterion_alloc_worker_slot_give_back(struct criterion_alloc_worker_slot *worker_slot);

/*
 * Map the worker's area. `area->start` is NULL if there are more workers than areas, if the kernel
 * refuses, or if `worker_slot` is NULL. Closes `fd` unless it is negative.
 */
void criterion_alloc_shared_map_area(const struct criterion_alloc_shared *shared, int fd,
                                     const struct criterion_alloc_worker_slot *worker_slot,
                                     struct at_area *area);

#endif
