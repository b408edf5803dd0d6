/* SPDX-License-Identifier: MIT */
/*
 * Failure injection as the slow path and the plugin see it; <alloc_tracker/failure.h> is the public
 * face.
 */
#ifndef AT_GUARD_FAILURE_H
#define AT_GUARD_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "alloc_tracker/failure.h"
#include "attribution/site.h"

/* Called before an allocation where AT_STATE_FAIL is set, or may be: is this one to fail? */
bool at_fail_check(enum at_function function, size_t size, const void *caller);

/* Has `observer` called, within the allocation, when a thread's first failure is induced since it
   was asked for. `site` may be NULL, where the table of sites is full. */
typedef void at_fail_observer(const struct at_call_site *site);
void at_fail_observe(at_fail_observer *observer);

#endif
