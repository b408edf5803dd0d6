/* SPDX-License-Identifier: MIT */
/* The record of a worker's test, for the results: see shared/record.h. */
#ifndef CRITERION_ALLOC_WORKER_RECORD_H
#define CRITERION_ALLOC_WORKER_RECORD_H

#include "shared/record.h"

struct at_region;

/* Store the record in the worker's area, with the call sites of `region` unless that is NULL.
   Return false if there is no room for the record: the runner then uses the worker slot. */
bool criterion_alloc_record_write(struct at_area *area, const struct criterion_alloc_record *record,
                                  struct at_region *region);

#endif
