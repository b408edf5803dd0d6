/* SPDX-License-Identifier: MIT */
/*
 * Running totals of the allocations of a thread or of the process.
 *
 * Counters are always on. They start with the first instruction of the process, and cost a few
 * instructions for each call. Regions measure more: live, peak and leaks. See struct at_usage in
 * <alloc_tracker/region.h>.
 */
#ifndef ALLOC_TRACKER_COUNTERS_H
#define ALLOC_TRACKER_COUNTERS_H

#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Totals since the thread or the process started. To measure a piece of code, read the counters
   before and after it, and subtract. */
struct at_counters {
    uint64_t allocs;   /* successful calls that returned memory; a realloc counts 1 */
    uint64_t reallocs; /* how many of them were realloc or reallocarray of an existing block */
    uint64_t frees;    /* releases of non-NULL blocks; a realloc is not a free */
    uint64_t bytes;    /* sum of the requested sizes; a realloc adds its full new size */
    uint64_t failed;   /* calls that returned NULL, for lack of memory or an impossible size */
};

/*
 * Return the counters of the calling thread, from its start until now. The numbers are exact.
 * Outside a region there is one exception: a request below 64 KiB that fails counts as if it had
 * succeeded, because the library does not check the result there.
 *
 * After the last destructor of a thread, the thread has no counters, and all numbers are 0.
 *
 * Costs a few loads. Thread-safe. May be called inside an allocation.
 */
AT_API struct at_counters at_thread_counters(void);

/*
 * Return the counters of the process: the sum over all threads, also those that have ended. The
 * sum includes each call that happened before this call. A call that another thread makes at the
 * same time may be missing.
 *
 * The cost grows with the largest number of threads that were alive at once. Thread-safe. May be
 * called inside an allocation.
 */
AT_API struct at_counters at_process_counters(void);

AT_END_DECLS

#endif
