/* SPDX-License-Identifier: MIT */
/*
 * Regions: what happened between two points, exactly and by call site.
 *
 * While any region is open the whole process is in tracking mode: each live block is recorded, and
 * each allocation that a region sees keeps its full stack. Regions may nest and overlap, and may be
 * ended by another thread than the one that began them. Allocations made by Criterion or by this
 * library are not counted for a region.
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

struct at_usage {
    uint64_t allocs; /* the five counters of struct at_counters, for this region */
    uint64_t reallocs;
    uint64_t frees;
    uint64_t bytes;
    uint64_t failed;
    int64_t live;          /* bytes requested and not yet released, relative to the region's start;
                              negative when more was released than requested */
    int64_t peak;          /* highest live of the region, 0 or more */
    uint64_t leaks;        /* blocks allocated inside and not yet released, without those that libc
                              and the C++ runtime own (docs/semantics.md): these are in live */
    uint64_t leaked_bytes; /* their requested sizes */
    uint64_t permitted;    /* allocations that a permit took out of the figures above */
    uint64_t unknown;      /* releases of blocks from before tracking began: their sizes are not
                              known, so live is too high by that much */
    uint64_t dropped; /* events that did not fit our tables, or at least 1 where allocations were
                         not observed, see at_is_observable(): every other metric may be low */
};

/* One call site of a region: the same full stack, all its events together. */
struct at_site {
    const char *function; /* the member of the malloc family that was entered */
    uint64_t count;       /* allocations from here */
    uint64_t bytes;       /* requested, in total */
    uint64_t min_bytes;   /* smallest and largest single request */
    uint64_t max_bytes;
    const uintptr_t *frames; /* code addresses of the calls, innermost first, the caller of
                                `function` at index 0; valid until the process ends */
    size_t n_frames;
};

struct at_region;

/*
 * Opens a region and stores it in `*region`. The caller owns it and gives it to at_region_free().
 * Answers AT_ERROR_INVALID_ARGUMENT for an unknown scope, AT_ERROR_UNOBSERVED where the self-probe
 * failed (see at_is_observable()), AT_ERROR_NO_MEMORY where our tables could not be mapped, and for
 * AT_THREAD in a thread without counters of its own, since they could not be mapped or it is past
 * its last destructors.
 * Thread-safe. Not inside an allocation.
 */
AT_API enum at_status at_region_begin(enum at_scope scope, struct at_region **region);

/*
 * Closes the region: nothing is counted for it any more. Closing twice does nothing.
 * Thread-safe. Not inside an allocation.
 */
AT_API void at_region_end(struct at_region *region);

/* The region's figures, final once it has ended. Thread-safe. */
AT_API struct at_usage at_region_usage(const struct at_region *region);

/*
 * The number of distinct call sites that allocated in the region, and the `index`th of them, in
 * order of first appearance, copied to `*site`. AT_ERROR_INVALID_ARGUMENT past the end. Only for
 * a region that has ended. Thread-safe.
 */
AT_API size_t at_region_n_sites(const struct at_region *region);
AT_API enum at_status at_region_site(const struct at_region *region, size_t index,
                                     struct at_site *site);

/* Ends the region if need be and releases it. NULL is allowed. Always returns NULL. */
AT_API struct at_region *at_region_free(struct at_region *region);

AT_END_DECLS

#endif
