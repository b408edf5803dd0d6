/* SPDX-License-Identifier: MIT */
/*
 * Regions: the exact allocations between two points of a program, by call site.
 *
 * While any region is open, the whole process is in tracking mode: each live block is recorded, and
 * a region records the full stack of each allocation that it counts. Regions may be nested and may
 * overlap. A thread may end a region that another thread has begun. Allocations of a test framework
 * and of this library are not counted.
 */
#ifndef ALLOC_TRACKER_REGION_H
#define ALLOC_TRACKER_REGION_H

#include <stddef.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/status.h>

AT_BEGIN_DECLS

enum at_scope {
    AT_PROCESS = 0, /* every thread */
    AT_THREAD,      /* only the thread that began the region */
};

/* The usage of a region: its metrics, and `failed`, `leaked_bytes`, `permitted`, `unknown` and
   `dropped`, which help to interpret the metrics. */
struct at_usage {
    uint64_t allocs; /* the five counters of struct at_counters, for this region */
    uint64_t reallocs;
    uint64_t frees;
    uint64_t bytes;
    uint64_t failed;
    int64_t live;          /* bytes requested and not yet released, relative to the region's start;
                              negative if more was released than requested */
    int64_t peak;          /* highest live of the region, 0 or more */
    uint64_t leaks;        /* blocks allocated inside and not yet released. Runtime-owned blocks
                              (docs/semantics.md) do not count here, but they count in live */
    uint64_t leaked_bytes; /* sum of the requested sizes of these blocks */
    uint64_t permitted;    /* allocations that a permit or a suppression excluded */
    uint64_t unknown;      /* releases of blocks that were allocated before tracking began. The
                              sizes of these blocks are unknown and are not subtracted from live */
    uint64_t dropped;      /* events that the library could not record, or at least 1 if
                              allocations were not observable. If it is not 0, every metric may be
                              too low */
};

/* A call site of a region: all its allocations with the same full stack. */
struct at_site {
    const char *function; /* function of the malloc family that was called; static storage */
    uint64_t count;       /* allocations at this site */
    uint64_t bytes;       /* requested by them in total */
    uint64_t min_bytes;   /* smallest and largest request */
    uint64_t max_bytes;
    const uintptr_t *frames; /* addresses of the calls, innermost first; the caller of `function` is
                                at index 0; valid until the process ends */
    size_t n_frames;
    uint64_t peak_count; /* blocks from this site that were live at the first moment at which live
                            had the value `peak`, and the sum of their requested sizes */
    uint64_t peak_bytes;
    uint64_t live_count; /* blocks from this site that are live at the end of the region, and the
                            sum of their requested sizes */
    uint64_t live_bytes;
};

struct at_region;

/*
 * Begin a region and store it in `*region`. The caller owns the region, and releases it with
 * at_region_free().
 *
 * Return one of:
 * - AT_OK;
 * - AT_ERROR_INVALID_ARGUMENT if `scope` is not a value of enum at_scope;
 * - AT_ERROR_UNOBSERVED if allocations cannot be observed (see at_is_observable());
 * - AT_ERROR_NO_MEMORY if the kernel refuses memory, or if `scope` is AT_THREAD and the thread has
 *   no counters of its own. A thread has none after its last destructor, or if the kernel refused
 *   memory for them.
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API enum at_status at_region_begin(enum at_scope scope, struct at_region **region);

/*
 * End the region. Later allocations are not counted for it. To end it twice does nothing.
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API void at_region_end(struct at_region *region);

/*
 * Return the usage of the region: the present usage of an open region, the final usage of an ended
 * one.
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API struct at_usage at_region_usage(const struct at_region *region);

/*
 * Return the number of call sites that have allocated in the region (at_region_n_sites()), or copy
 * the call site number `index` to `*site` (at_region_site()). Sites are in the order of their first
 * allocation; `index` starts at 0. The region must have ended.
 *
 * at_region_site() returns AT_OK, or AT_ERROR_INVALID_ARGUMENT if `index` is too large.
 *
 * Thread-safe. May be called inside an allocation.
 */
AT_API size_t at_region_n_sites(const struct at_region *region);
AT_API enum at_status at_region_site(const struct at_region *region, size_t index,
                                     struct at_site *site);

/*
 * End the region if it is open, and release it. NULL is allowed. Always returns NULL.
 *
 * Thread-safe, but no other thread may use the region. Not inside an allocation.
 */
AT_API struct at_region *at_region_free(struct at_region *region);

AT_END_DECLS

#endif
