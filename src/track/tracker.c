/* SPDX-License-Identifier: MIT */
/* See tracker.h. */
#include "track/tracker.h"

#include "track/ordered.h"
#include "track/region.h"

enum { N_DEFERRED = 64 };

struct deferred {
    uint32_t state; /* atomic: 0 free, 1 being written, 2 ready */
    struct at_event event;
};

/* Every event writes this. The other variables below are mostly read, also without the lock, so
   they are in other cache lines: readers do not wait for writers. */
struct at_ordered at_ordered = { .last_sequence = 1 };

static struct {
    struct at_region *regions;    /* the open ones; lock */
    uint32_t n_process_regions;   /* atomic: open regions of the process that want stacks */
    uint32_t n_free_site_regions; /* atomic: open regions that want the stacks of releases */
    uint32_t n_users;             /* lock: open regions and calls of at_tracker_retain() */
    uint32_t n_deferred;          /* atomic: events in the queue */
    uint64_t n_dropped;           /* atomic */
} __attribute__((aligned(64))) tracker;

static struct deferred queue[N_DEFERRED];

uint64_t at_tracker_now(void)
{
    return __atomic_load_n(&at_ordered.last_sequence, __ATOMIC_RELAXED);
}

uint64_t at_tracker_next(void)
{
    uint64_t next = at_ordered.last_sequence + 1;
    __atomic_store_n(&at_ordered.last_sequence, next, __ATOMIC_RELAXED);
    return next;
}

bool at_tracker_wants_stack(const struct at_thread *self)
{
    return __atomic_load_n(&tracker.n_process_regions, __ATOMIC_RELAXED)
           || __atomic_load_n(&self->n_regions, __ATOMIC_RELAXED);
}

bool at_tracker_wants_free_stack(void)
{
    return __atomic_load_n(&tracker.n_free_site_regions, __ATOMIC_RELAXED) != 0;
}

/* Remove the record of the old block, unless it is younger than `sequence`. Lock held. */
static void take_old(struct at_old_block *old, uint64_t sequence)
{
    if (old->state != AT_OLD_PENDING)
        return;
    bool found = at_live_take(old->block.address, sequence, &old->block);
    old->state = found ? AT_OLD_RECORDED : AT_OLD_UNKNOWN;
}

void at_tracker_take(struct at_old_block *old)
{
    at_lock_acquire(&at_ordered.lock);
    take_old(old, UINT64_MAX);
    at_lock_release(&at_ordered.lock);
}

void at_tracker_put_back(const struct at_block *block)
{
    struct at_block replaced;
    at_lock_acquire(&at_ordered.lock);
    struct at_block *slot = at_live_put(block->address, &replaced);
    if (slot)
        *slot = *block;
    else
        at_tracker_drop();
    at_lock_release(&at_ordered.lock);
}

static bool apply_to_regions(const struct at_event *event)
{
    bool trap = false;
    /* An event from the queue can be older than a region. */
    for (struct at_region *region = tracker.regions; region; region = region->next)
        trap |= region->start <= event->sequence && at_region_apply(region, event);
    return trap;
}

/* The address of `block` was returned again, so the block has ended in a way that the library did
   not see. */
static __attribute__((noinline, cold)) void apply_unseen_end(const struct at_block *block)
{
    struct at_event event = {
        .kind = AT_EVENT_FREE,
        .old = { .state = AT_OLD_RECORDED, .block = *block },
        .thread = block->thread,
        .sequence = at_tracker_next(),
    };
    apply_to_regions(&event);
}

static bool record_block(struct at_event *event)
{
    struct at_block replaced;
    struct at_block *slot = at_live_put(event->address, &replaced);
    if (!slot)
        return false;
    *slot = (struct at_block){
        .address = event->address,
        .size = event->size,
        .site = event->site,
        .sequence = event->sequence,
        .permit = event->permit,
        .thread = event->thread,
        .counted = event->attribution == AT_COUNTED,
    };
    if (replaced.address)
        apply_unseen_end(&replaced);
    return true;
}

static bool apply_event(struct at_event *event)
{
    if (event->kind == AT_EVENT_FREE && event->old.state == AT_OLD_RECORDED)
        event->attribution = event->old.block.counted ? AT_COUNTED : AT_NOT_COUNTED;
    if (event->kind == AT_EVENT_ALLOC && !record_block(event))
        event->lost = true;
    return apply_to_regions(event);
}

/* Return true if a region wants the event's stack, and was opened after the caller had decided that
   none does. Lock held. */
static bool lacks_stack(const struct at_event *event)
{
    if (event->site || event->lost)
        return false;
    if (event->kind == AT_EVENT_ALLOC)
        return event->attribution == AT_COUNTED && tracker.n_process_regions;
    return event->kind == AT_EVENT_FREE && tracker.n_free_site_regions;
}

bool at_tracker_apply(struct at_event *event, bool *trap)
{
    at_lock_acquire(&at_ordered.lock);
    take_old(&event->old, UINT64_MAX);
    bool complete =
        !lacks_stack(event)
        && (event->attribution != AT_UNATTRIBUTED || event->old.state == AT_OLD_RECORDED);
    if (complete) {
        event->sequence = at_tracker_next();
        *trap = apply_event(event);
    }
    at_lock_release(&at_ordered.lock);
    return complete;
}

void at_tracker_defer(struct at_event *event)
{
    event->sequence = at_tracker_now();
    for (size_t i = 0; i < N_DEFERRED; i++) {
        uint32_t unused = 0;
        if (!__atomic_compare_exchange_n(&queue[i].state, &unused, 1, 0, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            continue;
        queue[i].event = *event;
        __atomic_store_n(&queue[i].state, 2, __ATOMIC_RELEASE);
        __atomic_fetch_add(&tracker.n_deferred, 1, __ATOMIC_RELEASE);
        return;
    }
    at_tracker_drop();
}

static __attribute__((noinline, cold)) void apply_deferred(void)
{
    at_lock_acquire(&at_ordered.lock);
    for (size_t i = 0; i < N_DEFERRED; i++) {
        if (__atomic_load_n(&queue[i].state, __ATOMIC_ACQUIRE) != 2)
            continue;
        struct at_event event = queue[i].event;
        __atomic_store_n(&queue[i].state, 0, __ATOMIC_RELEASE);
        __atomic_fetch_sub(&tracker.n_deferred, 1, __ATOMIC_RELAXED);
        take_old(&event.old, event.sequence);
        apply_event(&event);
    }
    at_lock_release(&at_ordered.lock);
}

void at_tracker_leave(void)
{
    for (;;) {
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        at_local.busy = 0;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (__atomic_load_n(&tracker.n_deferred, __ATOMIC_ACQUIRE) == 0 || !at_tracker_enter())
            return;
        apply_deferred();
    }
}

bool at_tracker_hold(void)
{
    bool entered = at_tracker_enter();
    at_lock_acquire(&at_ordered.lock);
    return entered;
}

void at_tracker_unhold(bool entered)
{
    at_lock_release(&at_ordered.lock);
    if (entered)
        at_tracker_leave();
}

/* Start to track, unless the process tracks already. Lock held. */
static void begin_use(void)
{
    if (tracker.n_users++ > 0)
        return;
    /* Earlier records are stale: releases were not recorded since. */
    at_live_clear();
    at_thread_arm(AT_STATE_TRACK);
}

static void end_use(void)
{
    if (--tracker.n_users == 0)
        at_thread_disarm(AT_STATE_TRACK);
}

void at_tracker_retain(void)
{
    bool entered = at_tracker_hold();
    begin_use();
    at_tracker_unhold(entered);
}

void at_tracker_drop(void)
{
    __atomic_fetch_add(&tracker.n_dropped, 1, __ATOMIC_RELAXED);
}

uint64_t at_tracker_dropped(void)
{
    return __atomic_load_n(&tracker.n_dropped, __ATOMIC_RELAXED);
}

void at_tracker_count_sites(const struct at_region *region, int change)
{
    if (region->options.scope == AT_PROCESS)
        __atomic_fetch_add(&tracker.n_process_regions, (uint32_t) change, __ATOMIC_RELAXED);
    else if (region->thread->serial == region->serial)
        __atomic_fetch_add(&region->thread->n_regions, (uint32_t) change, __ATOMIC_RELAXED);
}

void at_tracker_count_free_sites(int change)
{
    __atomic_fetch_add(&tracker.n_free_site_regions, (uint32_t) change, __ATOMIC_RELAXED);
}

void at_tracker_open(struct at_region *region)
{
    begin_use();
    region->open = true;
    region->start = at_tracker_next();
    region->next = tracker.regions;
    tracker.regions = region;
    if (region->options.free_sites)
        at_tracker_count_free_sites(1);
    if (region->options.sites)
        at_tracker_count_sites(region, 1);
}

void at_tracker_close(struct at_region *region)
{
    struct at_region **link = &tracker.regions;
    while (*link != region)
        link = &(*link)->next;
    *link = region->next;
    region->open = false;
    if (region->options.free_sites)
        at_tracker_count_free_sites(-1);
    if (region->options.sites)
        at_tracker_count_sites(region, -1);
    end_use();
}

struct at_region *at_tracker_regions(void)
{
    return tracker.regions;
}

/* A change of the tables will never be completed: forget all blocks. Lock held. */
static void discard_blocks(void)
{
    at_live_clear();
    at_tracker_drop();
}

void at_tracker_abandon(void)
{
    if (at_lock_is_mine(&at_ordered.lock)) {
        discard_blocks();
        at_lock_release(&at_ordered.lock);
    } else {
        at_tracker_drop();
    }
    at_local.busy = 0;
}

/* Signal handlers of threads that the child does not have may have been writing to the queue. */
static void repair_queue(void)
{
    uint32_t n = 0;
    for (size_t i = 0; i < N_DEFERRED; i++) {
        n += queue[i].state == 2;
        if (queue[i].state == 1)
            queue[i].state = 0;
    }
    tracker.n_deferred = n;
}

void at_tracker_copied(bool torn)
{
    if (torn)
        discard_blocks();
    repair_queue();
    /* A child must not change the state that its parent shares with other processes. The parent
       checks its own statements, so the child's copies of their regions are not disposable. */
    for (struct at_region *region = tracker.regions; region; region = region->next) {
        region->options.mirror = NULL;
        region->options.n_over = NULL;
        region->options.disposable = false;
        region->counted = false;
    }
}
