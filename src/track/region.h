/* SPDX-License-Identifier: MIT */
/*
 * Regions as the plugin and the tracker see them; <alloc_tracker/region.h> is the public face.
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
    bool sites;              /* allocations keep their stacks */
    bool free_sites;         /* releases keep theirs too */
    bool trap;               /* stop at the instruction that goes over a bound */
    bool disposable;         /* at_region_end_disposable() ends it */
    bool warn;               /* going over a bound is no failure */
    struct at_usage *mirror; /* NULL, or where another process reads the usage as it grows */
    uint32_t *n_over;        /* NULL, or where regions over a bound for good are counted */
};

/* What an event writes comes first, in cache lines of its own. */
struct at_region {
    struct at_usage usage;
    uint64_t n_unsited; /* allocations from before call sites were wanted */
    struct at_site_stats_table site_stats;
    __attribute__((aligned(64))) struct at_region *next; /* in the list of open regions, or of spare
                                                            ones */
    struct at_region_options options;
    bool open;
    bool counted; /* in *options.n_over */
    bool bounded; /* one of the bounds was set */
    uint32_t serial;
    struct at_thread *thread; /* of a region with AT_THREAD scope */
    uint64_t start;           /* sequence of the first event that can belong to it */
    uint64_t end; /* and of the first that cannot any more; UINT64_MAX until it is sealed */
    uint64_t dropped_before;
    const char *unobserved;       /* once it has ended: why not everything was observed, or NULL */
    int64_t bounds[AT_N_METRICS]; /* highest allowed value */
    const struct at_call_site *crossed[AT_N_METRICS]; /* the site that went over it */
};

enum at_status at_region_open(const struct at_region_options *options, struct at_region **region);

/* Ask now for the memory that the first call sites of this thread take, in an open region: a
   program may allow itself none later. */
void at_region_prepare(struct at_region *region);

/* Bounds only make the region remember which site went over; they may be set while it is open. */
void at_region_set_bound(struct at_region *region, enum at_metric metric, int64_t highest);

/* Asks for the call sites of what is to come, if the region did not from the start. */
void at_region_want_sites(struct at_region *region);

int64_t at_region_value(const struct at_region *region, enum at_metric metric);

/* From here on nothing is counted for it: only the releases of its own blocks still make its leaks
   fewer. It is to be ended as ever. */
void at_region_seal(struct at_region *region);

/* Is the live `block` a leak of the region? The buffers of standard streams are: see leaks.h. Lock
   held. */
bool at_region_is_leak(const struct at_region *region, const struct at_block *block);

/* Fills in the leaks of each entry, as of now. Call it before the region ends. */
void at_region_find_leaks(struct at_region *region);

/* Find the leaks of each entry if the region is open, and return its usage as of now. `why` is the
   reason if allocations cannot be observed any more, or NULL. Between hold and unhold. */
struct at_usage at_region_settle(struct at_region *region, const char *why);

/* Ends every open region with that option: what a longjmp left behind. */
void at_region_end_disposable(void);

/* Has it gone over a bound that it cannot come back from? */
bool at_region_is_over_bound(const struct at_region *region);

/* Of the open ones that are to fail by it, one that has gone over a bound for good, or any if
   allocations may have passed by this library; or NULL. Not with the tracker's lock held. */
struct at_region *at_region_find_over_bound(void);

/* The tracker applies one event to one region; true if a bound was gone over. Lock held. */
bool at_region_apply(struct at_region *region, const struct at_event *event);

/* Puts a region on the list of open ones, or takes it off. Between hold and unhold. */
void at_tracker_open(struct at_region *region);
void at_tracker_close(struct at_region *region);
struct at_region *at_tracker_regions(void);

/* Counts the region among those that want stacks: +1, or -1. Between hold and unhold. */
void at_tracker_count_sites(const struct at_region *region, int change);
uint64_t at_tracker_dropped(void);

/* Enters the tracker and takes its lock; what it answers goes to at_tracker_unhold(). */
bool at_tracker_hold(void);
void at_tracker_unhold(bool entered);

#endif
