/* SPDX-License-Identifier: MIT */
/*
 * Failure injection, as the slow path and the plugin use it. The public functions are in
 * <alloc_tracker/failure.h>.
 */
#ifndef AT_GUARD_FAILURE_H
#define AT_GUARD_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "alloc_tracker/failure.h"
#include "attribution/site.h"

/* Return true if this allocation must fail. Called before an allocation of a thread that has, or
   may have, AT_STATE_FAIL. */
bool at_fail_check(enum at_function function, size_t size, const void *caller);

/* Set a function that is called when a thread's first allocation is made to fail. It runs inside
   the allocation. `site` is NULL if the table of call sites is full. */
typedef void at_fail_observer(const struct at_call_site *site);
void at_fail_observe(at_fail_observer *observer);

#endif
