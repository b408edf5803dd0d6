/* SPDX-License-Identifier: MIT */
/*
 * Regions, as the plugin, sessions and the tracker use them. The public functions are in
 * <alloc_tracker/region.h>.
 *
 * "Lock held" means the tracker's lock. Other functions take it themselves and are thread-safe.
 */
#ifndef AT_TRACK_REGION_H
#define AT_TRACK_REGION_H

#include "alloc_tracker/region.h"
#include "track/metric.h"
#include "track/site_stats.h"
#include "track/tracker.h"

#define AT_UNBOUNDED INT64_MAX

struct at_region_options {
    enum at_scope scope;
    bool sites;              /* record the call sites of allocations */
    bool free_sites;         /* record the call sites of releases too; needs `sites` */
    bool trap;               /* execute a breakpoint when an event goes over a bound */
    bool disposable;         /* at_region_end_disposable() ends the region */
    bool warn;               /* to go over a bound is not a failure */
    struct at_usage *mirror; /* NULL, or a copy of the usage, which other processes read */
    uint32_t *n_over;        /* NULL, or the number of regions that are finally over a bound */
};

/* Members that every event writes come first, in cache lines of their own. */
struct at_region {
    struct at_usage usage;
    uint64_t n_peaks;   /* number of times that live rose above every earlier value */
    uint64_t n_unsited; /* allocations before at_region_want_sites() */
    struct at_site_stats_table site_stats;
    struct at_site_stats unsited; /* live blocks that no call site has: allocated before
                                     at_region_want_sites(), or counted as dropped */
    struct at_site_stats before;  /* blocks that were not allocated in the region and were released
                                     there: count and bytes are 0 or, modulo 2^64, negative */
    __attribute__((aligned(64))) struct at_region *next; /* in the list of open or spare regions */
    struct at_region_options options;
    bool open;
    bool counted;             /* in *options.n_over */
    unsigned bounded;         /* atomic: the metrics that have a bound, a bit for each */
    unsigned warned;          /* atomic: those of them whose excess is not a failure */
    uint32_t serial;          /* of the thread that opened the region */
    struct at_thread *thread; /* that opened the region */
    uint64_t start;           /* number of the first event that the region can count */
    uint64_t sites_from;      /* number of the first event whose call site the region records */
    uint64_t frees_from;      /* the same for releases */
    uint64_t end; /* number of the first event that it cannot count; UINT64_MAX until sealed */
    uint64_t dropped_before;      /* at_tracker_dropped() when the region was opened */
    const char *unobserved;       /* of an ended region: why events were not observed, or NULL */
    int64_t bounds[AT_N_METRICS]; /* highest allowed values, or AT_UNBOUNDED */
    const struct at_call_site *crossed[AT_N_METRICS]; /* site that went over the bound, or NULL */
};

/* As at_region_begin(), with options, and without asking whether allocations are observable. Return
   AT_ERROR_INVALID_ARGUMENT or AT_ERROR_NO_MEMORY. */
enum at_status at_region_open(const struct at_region_options *options, struct at_region **region);

/* Allocate now, in an open region, the memory that this thread's first call sites need: later the
   program may limit its own memory. */
void at_region_prepare(struct at_region *region);

/* Set the highest value of a metric that is within its limit. A bound makes the region record the
   call site that goes over it. With `warn`, a metric above its bound is not a failure. Bounds may
   be set and replaced while the region is open. Not with the lock held. */
void at_region_set_bound(struct at_region *region, enum at_metric metric, int64_t highest,
                         bool warn);

/* Record the call sites of later allocations, as with the option `sites`, or those of later
   releases, as with `free_sites`. A region that wants those of releases must want both. */
void at_region_want_sites(struct at_region *region);
void at_region_want_free_sites(struct at_region *region);

/* Seal the region: later events are not counted for it. Releases of its own blocks still lower its
   leaks. The caller must end the region later. */
void at_region_seal(struct at_region *region);

/* Return true if the region is sealed. Lock held. */
static inline bool at_region_is_sealed(const struct at_region *region)
{
    return region->end != UINT64_MAX;
}

/* Return the live blocks of a site at the first moment at which live had the value `usage.peak`.
   For `unsited` and `before` of the region as for a site. The region must have ended. */
struct at_site_part at_region_site_at_peak(const struct at_region *region,
                                           const struct at_site_stats *stats);

/* Find the buffers of the standard streams among the live blocks of the region, for
   at_region_site_is_runtime_owned(). */
void at_region_find_buffers(struct at_region *region);

/* Return whether all blocks of a site that are part of a metric, AT_METRIC_PEAK or AT_METRIC_LIVE,
   are runtime-owned. If a stream's buffer was released since the peak, it is not known which stream
   had it; the result is then false. */
bool at_region_site_is_runtime_owned(const struct at_site_stats *stats, enum at_metric metric);

/* Return the part that blocks from before the region have in the peak, or in live at the end: 0, or
   minus the sum of their sizes if they were released in the region. A region of a thread also
   counts blocks of other threads here. The region must have ended. */
int64_t at_region_before_at_peak(const struct at_region *region);
int64_t at_region_before_at_end(const struct at_region *region);

/* Return true if the live `block` is a leak of the region. The buffer of a standard stream counts
   as one here: see leaks.h. Lock held. */
bool at_region_is_leak(const struct at_region *region, const struct at_block *block);

/* Set the leaks of each call site to their present number. Only for an open region. */
void at_region_find_leaks(struct at_region *region);

/* As at_region_find_leaks() if the region is open; return its present usage. `why` is the reason
   why allocations are not observable now, or NULL. Lock held. */
struct at_usage at_region_settle(struct at_region *region, const char *why);

/* End every open region that is disposable: a jump may have left it open. */
void at_region_end_disposable(void);

/* Return true if a metric above its bound is a failure. */
static inline bool at_region_fails_above_bound(const struct at_region *region, int metric)
{
    return !(__atomic_load_n(&region->warned, __ATOMIC_RELAXED) & 1u << metric);
}

/* Return true if the region fails finally: it is over a bound of another metric than live, which
   cannot fall again, and not only with a warning. */
bool at_region_is_over_bound(const struct at_region *region);

/* Return an open region that makes its test fail, or NULL: disposable, without `warn`, and either
   finally over a bound, or unobservable. Not with the lock held. */
struct at_region *at_region_find_over_bound(void);

/* Apply an event to the region. Return true if the region has a trap, and the event goes over a
   bound. Lock held. */
bool at_region_apply(struct at_region *region, const struct at_event *event);

/* Add a region to the list of open regions, or remove it. Lock held. */
void at_tracker_open(struct at_region *region);
void at_tracker_close(struct at_region *region);

/* Return the first open region, or NULL. Lock held. */
struct at_region *at_tracker_regions(void);

/* Add `change`, +1 or -1, to the number of regions that want the stacks of allocations, or of
   releases. Lock held. */
void at_tracker_count_sites(const struct at_region *region, int change);
void at_tracker_count_free_sites(int change);

/* Enter the tracker and take its lock. Pass the result to at_tracker_unhold(). */
bool at_tracker_hold(void);
void at_tracker_unhold(bool entered);

#endif
