/* SPDX-License-Identifier: MIT */
/*
 * The words for what is counted, and the counters as of now.
 *
 * Counters run from the first instruction and cost a few instructions per call. Everything that a
 * region measures in addition (live, peak, leaks) is in struct at_usage of
 * <alloc_tracker/region.h>.
 */
#ifndef ALLOC_TRACKER_COUNTERS_H
#define ALLOC_TRACKER_COUNTERS_H

#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

struct at_counters {
    uint64_t allocs;   /* successful calls that returned memory, a realloc counting 1 */
    uint64_t reallocs; /* how many of those were realloc or reallocarray of an existing block */
    uint64_t frees;    /* successful releases of non-NULL blocks; a realloc is not a free */
    uint64_t bytes;    /* sum of the requested sizes, a realloc adding its full new size */
    uint64_t failed;   /* calls that returned NULL for lack of memory or an impossible size */
};

/*
 * The calling thread's counters since it started. Exact for the caller; costs a few loads.
 * Outside a region a request below 64 KiB that fails for lack of memory is counted as if it had
 * succeeded (the fast path does not look at the result); inside a region every result is seen.
 * May be called from any thread and inside an allocation.
 */
AT_API struct at_counters at_thread_counters(void);

/*
 * The process's counters since it started: the sum over all threads, exited ones included.
 * Another thread's allocation in flight may or may not be in the sum; a call that happened before
 * this one is. The cost grows with the highest number of threads that were ever alive at once.
 * May be called from any thread and inside an allocation.
 */
AT_API struct at_counters at_process_counters(void);

AT_END_DECLS

#endif
