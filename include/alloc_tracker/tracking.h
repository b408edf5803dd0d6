/* SPDX-License-Identifier: MIT */
/*
 * Can allocations be observed at all? Zero must mean that none were made, never that none were
 * seen.
 */
#ifndef ALLOC_TRACKER_TRACKING_H
#define ALLOC_TRACKER_TRACKING_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/*
 * The answer of the self-probe, which ran when the library started: allocations made through the
 * process's malloc, through libc (strdup) and, where a C++ runtime is loaded, through operator new
 * must each arrive at our counters.
 *
 * Answers whether they did. `*reason`, unless `reason` is NULL, is set to NULL when they did and
 * otherwise to one sentence that names the cause and the remedy (static storage).
 *
 * Thread-safe. May be called inside an allocation.
 */
AT_API bool at_is_tracking(const char **reason);

AT_END_DECLS

#endif
