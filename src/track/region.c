/* SPDX-License-Identifier: MIT */
/*
 * See region.h. Each event updates the region under the tracker's lock. So all metrics, also peak,
 * are exact in the one order in which events were applied.
 */
#include "track/region.h"

#include "alloc_tracker/observable.h"
#include "attribution/runtime_owned.h"
#include "base/pages.h"
#include "track/leaks.h"
#include "track/observed.h"

enum { BATCH_BYTES = 4096 };

static struct at_region *spare; /* released regions, to be used again; lock */

static struct at_region *take_spare(void)
{
    if (!spare) {
        struct at_region *batch = at_pages_new(BATCH_BYTES);
        for (size_t i = 0; batch && i < BATCH_BYTES / sizeof *batch; i++) {
            batch[i].next = spare;
            spare = &batch[i];
        }
    }
    struct at_region *region = spare;
    if (region)
        spare = region->next;
    return region;
}

static bool is_sealed(const struct at_region *region)
{
    return region->end != UINT64_MAX;
}

enum at_status at_region_open(const struct at_region_options *options, struct at_region **region)
{
    if (options->scope != AT_PROCESS && options->scope != AT_THREAD)
        return AT_ERROR_INVALID_ARGUMENT;
    struct at_thread *self = at_thread_get();
    /* A shared block has no counters of one thread. */
    if (options->scope == AT_THREAD && at_thread_state(self) & AT_STATE_DEAD)
        return AT_ERROR_NO_MEMORY;
    bool entered = at_tracker_hold();
    struct at_region *fresh = take_spare();
    if (fresh) {
        const struct at_site_stats_table table =
            fresh->site_stats; /* an earlier region's memory, emptied */
        *fresh = (struct at_region){
            .site_stats = table,
            .options = *options,
            .thread = self,
            .serial = self->serial,
            .end = UINT64_MAX,
            .dropped_before = at_tracker_dropped(),
        };
        for (size_t i = 0; i < AT_N_METRICS; i++)
            fresh->bounds[i] = AT_UNBOUNDED;
        at_tracker_open(fresh);
    }
    at_tracker_unhold(entered);
    if (!fresh)
        return AT_ERROR_NO_MEMORY;
    *region = fresh;
    return AT_OK;
}

void at_region_set_bound(struct at_region *region, enum at_metric metric, int64_t highest)
{
    __atomic_store_n(&region->bounds[metric], highest, __ATOMIC_RELAXED);
    if (highest == AT_UNBOUNDED)
        __atomic_fetch_and(&region->bounded, ~(1u << metric), __ATOMIC_RELEASE);
    else
        __atomic_fetch_or(&region->bounded, 1u << metric, __ATOMIC_RELEASE);
}

void at_region_want_sites(struct at_region *region)
{
    bool entered = at_tracker_hold();
    if (region->open && !region->options.sites) {
        region->options.sites = true;
        at_tracker_count_sites(region, 1);
    }
    at_tracker_unhold(entered);
}

void at_region_seal(struct at_region *region)
{
    bool entered = at_tracker_hold();
    if (region->open && !is_sealed(region))
        region->end = at_tracker_now() + 1;
    at_tracker_unhold(entered);
}

static bool sees(const struct at_region *region, const struct at_event *event)
{
    return region->options.scope == AT_PROCESS || event->thread == region->serial;
}

static bool counts_event(const struct at_region *region, const struct at_event *event)
{
    return event->attribution == AT_COUNTED && sees(region, event) && !is_sealed(region);
}

/* Return true if a permit excludes the event or block from this region. A permit of the region's
   own thread must have begun after the region, whose start has a number in the order of events. */
static bool is_permitted(const struct at_region *region, uint64_t permit, uint32_t thread)
{
    return permit && (thread != region->serial || permit >= region->start);
}

/* Return true if the block was allocated inside the region, by a thread that the region counts. */
static bool is_inside(const struct at_region *region, const struct at_block *block)
{
    return block->counted && block->sequence >= region->start && block->sequence < region->end
           && (region->options.scope == AT_PROCESS || block->thread == region->serial);
}

static bool owns(const struct at_region *region, const struct at_block *block)
{
    return is_inside(region, block) && !is_permitted(region, block->permit, block->thread);
}

static bool is_runtime_owned(const struct at_call_site *site)
{
    return site && site->runtime_owned == AT_RUNTIME_OWNED_ALWAYS;
}

bool at_region_is_leak(const struct at_region *region, const struct at_block *block)
{
    return owns(region, block) && !is_runtime_owned(block->site);
}

static void end_block(struct at_region *region, const struct at_event *event)
{
    struct at_usage *usage = &region->usage;
    if (event->old.state == AT_OLD_UNKNOWN) {
        usage->unknown += counts_event(region, event);
        return;
    }
    const struct at_block *old = &event->old.block;
    bool owned = owns(region, old);
    bool from_before = !owned && !is_inside(region, old) && sees(region, event) && old->counted;
    if ((owned || from_before) && !is_sealed(region))
        usage->live -= (int64_t) old->size;
    if (owned && !is_runtime_owned(old->site)) { /* it was counted as a leak */
        usage->leaks--;
        usage->leaked_bytes -= old->size;
    }
}

static void note_site(struct at_region *region, const struct at_event *event)
{
    if (!region->options.sites) {
        region->n_unsited++;
        return;
    }
    struct at_site_stats *stats =
        event->site ? at_site_stats_table_get(&region->site_stats, event->site) : NULL;
    if (!stats || event->lost) {
        region->usage.dropped++;
        return;
    }
    stats->count++;
    stats->bytes += event->size;
    stats->min_bytes = event->size < stats->min_bytes ? event->size : stats->min_bytes;
    stats->max_bytes = event->size > stats->max_bytes ? event->size : stats->max_bytes;
}

static void begin_block(struct at_region *region, const struct at_event *event)
{
    struct at_usage *usage = &region->usage;
    usage->allocs++;
    usage->bytes += event->size;
    if (event->old.state != AT_OLD_NONE)
        usage->reallocs++;
    note_site(region, event);
    usage->live += (int64_t) event->size;
    if (!is_runtime_owned(event->site)) {
        usage->leaks++;
        usage->leaked_bytes += event->size;
    }
    if (usage->live > usage->peak)
        usage->peak = usage->live;
}

/* The metrics that an event may increase or bring back, a bit for each. */
enum {
    CHANGED_BY_FREE = 1u << AT_METRIC_FREES | 1u << AT_METRIC_LIVE,
    CHANGED_BY_ALLOC = 1u << AT_METRIC_ALLOCS | 1u << AT_METRIC_REALLOCS | 1u << AT_METRIC_BYTES
                       | 1u << AT_METRIC_PEAK | 1u << AT_METRIC_LIVE,
};

/* Record the call sites that go over a bound. Live may fall below its bound again; then the site is
   forgotten. */
static bool check_bounds(struct at_region *region, const struct at_event *event, unsigned metrics)
{
    bool trap = false;
    for (; metrics; metrics &= metrics - 1) {
        int i = __builtin_ctz(metrics);
        int64_t bound = __atomic_load_n(&region->bounds[i], __ATOMIC_RELAXED);
        bool over = at_usage_value(&region->usage, (enum at_metric) i) > bound;
        if (over && !region->crossed[i]) {
            region->crossed[i] = event->site;
            trap |= i != AT_METRIC_LIVE;
        } else if (!over && i == AT_METRIC_LIVE) {
            region->crossed[i] = NULL;
        }
    }
    if (trap && region->options.n_over && !region->counted) {
        region->counted = true;
        __atomic_fetch_add(region->options.n_over, 1, __ATOMIC_RELEASE);
    }
    return trap && region->options.trap;
}

bool at_region_apply(struct at_region *region, const struct at_event *event)
{
    if (event->kind == AT_EVENT_FAILED) {
        region->usage.failed += counts_event(region, event);
        return false;
    }
    if (event->old.state != AT_OLD_NONE)
        end_block(region, event);
    if (!counts_event(region, event))
        return false;
    if (is_permitted(region, event->permit, event->thread)) {
        region->usage.permitted += event->kind == AT_EVENT_ALLOC;
        return false;
    }
    unsigned changed = CHANGED_BY_ALLOC;
    if (event->kind == AT_EVENT_ALLOC) {
        begin_block(region, event);
    } else {
        changed = CHANGED_BY_FREE;
        region->usage.frees++;
        if (region->options.free_sites)
            note_site(region, event);
    }
    changed &= __atomic_load_n(&region->bounded, __ATOMIC_RELAXED);
    bool trap = changed && check_bounds(region, event, changed);
    if (region->options.mirror)
        *region->options.mirror = region->usage;
    return trap;
}

static void find_leaks(struct at_region *region)
{
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        region->site_stats.sites[i].leaks = region->site_stats.sites[i].leaked_bytes = 0;
    if (region->open && region->usage.leaks > 0)
        at_leaks_find(region);
}

void at_region_find_leaks(struct at_region *region)
{
    bool entered = at_tracker_hold();
    find_leaks(region);
    at_tracker_unhold(entered);
}

/* If allocations are not observable, the number of lost events is unknown: count at least one. */
static void add_dropped(const struct at_region *region, struct at_usage *usage, const char *why)
{
    usage->dropped += at_tracker_dropped() - region->dropped_before;
    if (why && !usage->dropped)
        usage->dropped = 1;
}

enum at_status at_region_begin(enum at_scope scope, struct at_region **region)
{
    if (!at_is_observable(NULL))
        return AT_ERROR_UNOBSERVED;
    struct at_region_options options = { .scope = scope, .sites = true };
    return at_region_open(&options, region);
}

static void end_region(struct at_region *region, const char *why)
{
    if (!region->open)
        return;
    at_leaks_subtract_buffers(region, &region->usage);
    at_tracker_close(region);
    add_dropped(region, &region->usage, why);
    region->unobserved = why;
    if (region->counted)
        __atomic_fetch_sub(region->options.n_over, 1, __ATOMIC_RELEASE);
    region->counted = false;
}

void at_region_end(struct at_region *region)
{
    const char *why = NULL;
    at_observed_settle(&why);
    bool entered = at_tracker_hold();
    end_region(region, why);
    at_tracker_unhold(entered);
}

void at_region_end_disposable(void)
{
    const char *why = NULL;
    at_observed_settle(&why);
    bool entered = at_tracker_hold();
    for (struct at_region *region = at_tracker_regions(), *next; region; region = next) {
        next = region->next;
        if (region->options.disposable)
            end_region(region, why);
    }
    at_tracker_unhold(entered);
}

bool at_region_is_over_bound(const struct at_region *region)
{
    for (int i = 0; i < AT_METRIC_LIVE; i++)
        if (region->crossed[i])
            return true;
    return false;
}

struct at_region *at_region_find_over_bound(void)
{
    bool unobserved = !at_is_observable(NULL);
    bool entered = at_tracker_hold();
    struct at_region *region = at_tracker_regions();
    while (region
           && !(region->options.disposable && !region->options.warn && !is_sealed(region)
                && (unobserved || at_region_is_over_bound(region))))
        region = region->next;
    at_tracker_unhold(entered);
    return region;
}

static struct at_usage usage_of(const struct at_region *region, const char *why)
{
    struct at_usage usage = region->usage;
    if (region->open) {
        add_dropped(region, &usage, why);
        at_leaks_subtract_buffers(region, &usage);
    }
    return usage;
}

struct at_usage at_region_usage(const struct at_region *region)
{
    const char *why = NULL;
    if (region->open)
        at_observed_settle(&why);
    bool entered = at_tracker_hold();
    struct at_usage usage = usage_of(region, why);
    at_tracker_unhold(entered);
    return usage;
}

struct at_usage at_region_settle(struct at_region *region, const char *why)
{
    if (region->open)
        find_leaks(region);
    return usage_of(region, why);
}

size_t at_region_n_sites(const struct at_region *region)
{
    return region->site_stats.n_sites;
}

enum at_status at_region_site(const struct at_region *region, size_t index, struct at_site *site)
{
    if (index >= region->site_stats.n_sites)
        return AT_ERROR_INVALID_ARGUMENT;
    const struct at_site_stats *stats = &region->site_stats.sites[index];
    *site = (struct at_site){
        .function = at_function_name((enum at_function) stats->site->function),
        .count = stats->count,
        .bytes = stats->bytes,
        .min_bytes = stats->min_bytes,
        .max_bytes = stats->max_bytes,
        .frames = stats->site->frames,
        .n_frames = stats->site->n_frames,
    };
    return AT_OK;
}

struct at_region *at_region_free(struct at_region *region)
{
    if (!region)
        return NULL;
    at_region_end(region);
    bool entered = at_tracker_hold();
    at_site_stats_table_empty(&region->site_stats);
    region->next = spare;
    spare = region;
    at_tracker_unhold(entered);
    return NULL;
}
