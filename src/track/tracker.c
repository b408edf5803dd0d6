/* SPDX-License-Identifier: MIT */
/* See tracker.h. */
#include "track/tracker.h"

#include "alloc_tracker/observable.h"
#include "attribution/unobserved.h"
#include "track/ordered.h"
#include "track/region.h"

enum { N_DEFERRED = 64 };

struct deferred {
    uint32_t state; /* atomic: 0 free, 1 being written, 2 ready */
    struct at_event event;
};

/* Written at each event. What else is here is mostly read, without the lock too: each in cache
   lines of its own, so that who reads does not wait for who writes. */
struct at_ordered at_ordered = { .last_sequence = 1 };

static struct {
    struct at_region *regions;    /* open ones; lock */
    uint32_t n_process_regions;   /* atomic: those that want stacks */
    uint32_t n_free_site_regions; /* atomic */
    uint32_t n_users;             /* lock: regions and retainers that need the live table */
    uint32_t n_deferred;          /* atomic */
    uint64_t n_dropped;           /* atomic: events that found the queue full, or cannot be seen */
} __attribute__((aligned(64))) watched;

static struct deferred queue[N_DEFERRED];

uint64_t at_tracker_now(void)
{
    return __atomic_load_n(&at_ordered.last_sequence, __ATOMIC_RELAXED);
}

static uint64_t next_sequence(void)
{
    uint64_t next = at_ordered.last_sequence + 1;
    __atomic_store_n(&at_ordered.last_sequence, next, __ATOMIC_RELAXED);
    return next;
}

bool at_tracker_wants_stack(const struct at_thread *self)
{
    return __atomic_load_n(&watched.n_process_regions, __ATOMIC_RELAXED)
           || __atomic_load_n(&self->n_regions, __ATOMIC_RELAXED);
}

bool at_tracker_wants_free_stack(void)
{
    return __atomic_load_n(&watched.n_free_site_regions, __ATOMIC_RELAXED) != 0;
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
        __atomic_fetch_add(&watched.n_dropped, 1, __ATOMIC_RELAXED);
    at_lock_release(&at_ordered.lock);
}

static bool apply_to_regions(const struct at_event *event)
{
    bool trap = false;
    /* What a signal handler left in the queue can be older than a region. */
    for (struct at_region *region = watched.regions; region; region = region->next)
        trap |= region->start <= event->sequence && at_region_apply(region, event);
    return trap;
}

/* A block that ended where nobody could see it: its address was handed out again. */
static __attribute__((noinline, cold)) void apply_unseen_end(const struct at_block *block)
{
    struct at_event event = {
        .kind = AT_EVENT_FREE,
        .old = { .state = AT_OLD_RECORDED, .block = *block },
        .thread = block->thread,
        .sequence = next_sequence(),
    };
    apply_to_regions(&event);
}

static bool record(struct at_event *event)
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

static bool apply(struct at_event *event)
{
    if (event->kind == AT_EVENT_FREE && event->old.state == AT_OLD_RECORDED)
        event->attribution = event->old.block.counted ? AT_COUNTED : AT_NOT_COUNTED;
    if (event->kind == AT_EVENT_ALLOC && !record(event))
        event->lost = true;
    return apply_to_regions(event);
}

/* Has a region that wants its stack begun after somebody had asked whether one does? Lock held. */
static bool lacks_stack(const struct at_event *event)
{
    if (event->site || event->lost)
        return false;
    if (event->kind == AT_EVENT_ALLOC)
        return event->attribution == AT_COUNTED && watched.n_process_regions;
    return event->kind == AT_EVENT_FREE && watched.n_free_site_regions;
}

bool at_tracker_apply(struct at_event *event, bool *trap)
{
    at_lock_acquire(&at_ordered.lock);
    take_old(&event->old, UINT64_MAX);
    bool complete =
        !lacks_stack(event)
        && (event->attribution != AT_UNATTRIBUTED || event->old.state == AT_OLD_RECORDED);
    if (complete) {
        event->sequence = next_sequence();
        *trap = apply(event);
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
        __atomic_fetch_add(&watched.n_deferred, 1, __ATOMIC_RELEASE);
        return;
    }
    __atomic_fetch_add(&watched.n_dropped, 1, __ATOMIC_RELAXED);
}

static __attribute__((noinline, cold)) void apply_deferred(void)
{
    at_lock_acquire(&at_ordered.lock);
    for (size_t i = 0; i < N_DEFERRED; i++) {
        if (__atomic_load_n(&queue[i].state, __ATOMIC_ACQUIRE) != 2)
            continue;
        struct at_event event = queue[i].event;
        __atomic_store_n(&queue[i].state, 0, __ATOMIC_RELEASE);
        __atomic_fetch_sub(&watched.n_deferred, 1, __ATOMIC_RELAXED);
        take_old(&event.old, event.sequence);
        apply(&event);
    }
    at_lock_release(&at_ordered.lock);
}

void at_tracker_leave(void)
{
    for (;;) {
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        at_local.busy = 0;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (__atomic_load_n(&watched.n_deferred, __ATOMIC_ACQUIRE) == 0 || !at_tracker_enter())
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

static void use(void)
{
    if (watched.n_users++ > 0)
        return;
    /* Whatever was recorded before is stale: nobody watched since. */
    at_live_clear();
    at_thread_arm(AT_STATE_TRACK);
}

static void unuse(void)
{
    if (--watched.n_users == 0)
        at_thread_disarm(AT_STATE_TRACK);
}

void at_tracker_retain(void)
{
    bool entered = at_tracker_hold();
    use();
    at_tracker_unhold(entered);
}

uint64_t at_tracker_dropped(void)
{
    return __atomic_load_n(&watched.n_dropped, __ATOMIC_RELAXED);
}

void at_tracker_count_sites(const struct at_region *region, int change)
{
    if (region->options.scope == AT_PROCESS)
        __atomic_fetch_add(&watched.n_process_regions, (uint32_t) change, __ATOMIC_RELAXED);
    else if (region->thread->serial == region->serial)
        __atomic_fetch_add(&region->thread->n_regions, (uint32_t) change, __ATOMIC_RELAXED);
}

void at_tracker_open(struct at_region *region)
{
    use();
    region->open = true;
    region->start = next_sequence();
    region->next = watched.regions;
    watched.regions = region;
    if (region->options.free_sites)
        __atomic_fetch_add(&watched.n_free_site_regions, 1, __ATOMIC_RELAXED);
    if (region->options.sites)
        at_tracker_count_sites(region, 1);
}

void at_tracker_close(struct at_region *region)
{
    struct at_region **link = &watched.regions;
    while (*link != region)
        link = &(*link)->next;
    *link = region->next;
    region->open = false;
    if (region->options.free_sites)
        __atomic_fetch_sub(&watched.n_free_site_regions, 1, __ATOMIC_RELAXED);
    if (region->options.sites)
        at_tracker_count_sites(region, -1);
    unuse();
}

static const char *unobserved =
    "alloc_tracker has not started yet: its constructor runs before main";

void at_tracker_set_probed(const char *reason)
{
    __atomic_store_n(&unobserved, reason, __ATOMIC_RELEASE);
    if (reason) /* for regions that are open already */
        __atomic_fetch_add(&watched.n_dropped, 1, __ATOMIC_RELAXED);
}

static void (*question)(void); /* atomic */

void at_tracker_set_question(void (*ask)(void))
{
    __atomic_store_n(&question, ask, __ATOMIC_RELEASE);
}

const char *at_tracker_probed(void)
{
    return __atomic_load_n(&unobserved, __ATOMIC_ACQUIRE);
}

bool at_is_observable(const char **reason)
{
    void (*ask)(void) = __atomic_load_n(&question, __ATOMIC_ACQUIRE);
    if (ask && !at_tracker_probed())
        ask();
    const char *why = at_tracker_probed();
    if (!why)
        why = at_unobserved_reason();
    if (reason)
        *reason = why;
    return !why;
}

bool at_tracker_is_observed(const char **reason)
{
    bool observed = at_is_observable(reason);
    while (observed && __atomic_load_n(&question, __ATOMIC_ACQUIRE))
        observed = at_is_observable(reason);
    return observed;
}

struct at_region *at_tracker_regions(void)
{
    return watched.regions;
}

/* Whoever wrote to the tables does not come to the end of it. Every open region is incomplete. */
static void give_up(void)
{
    at_live_clear();
    __atomic_fetch_add(&watched.n_dropped, 1, __ATOMIC_RELAXED);
}

void at_tracker_abandon(void)
{
    if (at_lock_is_mine(&at_ordered.lock)) {
        give_up();
        at_lock_release(&at_ordered.lock);
    } else {
        __atomic_fetch_add(&watched.n_dropped, 1, __ATOMIC_RELAXED);
    }
    at_local.busy = 0;
}

/* Other threads' signal handlers may have been about to write to the queue, or to count. */
static void mend_queue(void)
{
    uint32_t n = 0;
    for (size_t i = 0; i < N_DEFERRED; i++) {
        n += queue[i].state == 2;
        if (queue[i].state == 1)
            queue[i].state = 0;
    }
    watched.n_deferred = n;
}

void at_tracker_copied(bool torn)
{
    if (torn)
        give_up();
    mend_queue();
    /* What a parent shows to others of itself is not the child's to change. */
    for (struct at_region *region = watched.regions; region; region = region->next) {
        region->options.mirror = NULL;
        region->options.n_over = NULL;
        region->counted = false;
    }
}
