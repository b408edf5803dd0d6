/* SPDX-License-Identifier: MIT */
/*
 * A worker joins the run: it finds its test in the shared state, takes a worker slot, and maps all
 * memory that it needs, before the fixtures of its test run.
 */
#ifndef CRITERION_ALLOC_WORKER_JOIN_H
#define CRITERION_ALLOC_WORKER_JOIN_H

#include "shared/state.h"

struct criterion_alloc_joined {
    struct criterion_alloc_shared *shared;           /* NULL: the worker could not join */
    struct criterion_alloc_entry *entry;             /* NULL: the runner does not know the test */
    struct criterion_alloc_worker_slot *worker_slot; /* NULL: all were taken */
    struct at_area area;                             /* for messages and the record */
    const char *file;                                /* of the test; never NULL */
    unsigned line;
};

/* Join the run and apply its suppressions. Return NULL, or the reason why the test cannot be
   measured; `joined` is filled as far as possible. */
const char *criterion_alloc_join(struct criterion_alloc_joined *joined);

/* Store the index of the test's parameter in the worker slot, and report the worker's id to the
   runner. `parameter` is the body's argument, NULL for a test without parameters. */
void criterion_alloc_joined_set_parameter(struct criterion_alloc_joined *joined,
                                          const void *parameter);

/* Store the limits that the running test has set in the worker slot. If the test has parameters,
   report the worker's id: the process may end over these limits. */
void criterion_alloc_joined_set_limits(struct criterion_alloc_joined *joined,
                                       const struct at_limits *limits);

#endif
