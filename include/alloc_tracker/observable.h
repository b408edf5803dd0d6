/* SPDX-License-Identifier: MIT */
/*
 * Can allocations be observed at all? Zero must mean that none were made, never that none were
 * seen.
 */
#ifndef ALLOC_TRACKER_OBSERVABLE_H
#define ALLOC_TRACKER_OBSERVABLE_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * Return whether all allocations of the process arrive at this library's counters, until now.
 *
 * The self-probe, which ran when the library started, allocated through the process's malloc,
 * through libc (strdup) and, where a C++ runtime is loaded, through operator new. Later the answer
 * becomes false for good when an object is loaded whose allocations pass by: by dlopen() with
 * RTLD_DEEPBIND, or by dlmopen().
 *
 * `*reason`, unless `reason` is NULL, is set to NULL for true and otherwise to one sentence that
 * names the cause and the remedy (static storage).
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API bool at_is_observable(const char **reason);

AT_END_DECLS

#endif
