/* SPDX-License-Identifier: MIT */
/*
 * Can this library observe the allocations of the process?
 *
 * A measured zero must mean that there were no allocations. If allocations do not reach this
 * library, every measurement fails, with a reason.
 */
#ifndef ALLOC_TRACKER_OBSERVABLE_H
#define ALLOC_TRACKER_OBSERVABLE_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * Return true if all allocations of the process have reached this library's counters until now.
 *
 * When the library starts, a self-probe calls the process's malloc and libc's strdup(), and
 * compares the counters. The first call of this function also calls the program's own allocation
 * functions and operators, in a copy of the process, and compares the counters. The result becomes
 * false, until the process ends, when dlopen() with RTLD_DEEPBIND, or dlmopen(), loads an object
 * whose allocations do not reach this library.
 *
 * If the result is true, `*reason` is set to NULL, otherwise to a sentence with cause and remedy,
 * in static storage. `reason` may be NULL.
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API bool at_is_observable(const char **reason);

AT_END_DECLS

#endif
