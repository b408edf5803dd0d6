/* SPDX-License-Identifier: MIT */
/*
 * See region.h. Each event updates the region under the tracker's lock. So all metrics, also peak
 * and the live blocks of each call site at the peak, are exact in the one order in which events
 * were applied.
 *
 * Each change of `live` is also a change of the live blocks of one site statistics: those of the
 * block's call site, `unsited` or `before`. So their sum is always `live`.
 */
#include "attribution/runtime_owned.h"
#include "track/region.h"

static bool sees(const struct at_region *region, const struct at_event *event)
{
    return region->options.scope == AT_PROCESS || event->thread == region->serial;
}

static bool counts_event(const struct at_region *region, const struct at_event *event)
{
    return event->attribution == AT_COUNTED && sees(region, event) && !at_region_is_sealed(region);
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

/* Return the statistics that have a block of the region. A site has all blocks that were allocated
   there since the region records sites, or none if its statistics did not fit. */
static struct at_site_stats *find_stats(struct at_region *region, const struct at_block *block)
{
    struct at_site_stats *stats = block->site && block->sequence >= region->sites_from
                                      ? at_site_stats_table_find(&region->site_stats, block->site)
                                      : NULL;
    return stats ? stats : &region->unsited;
}

static void end_live(struct at_region *region, struct at_site_stats *stats, size_t size)
{
    at_site_stats_save(stats, region->n_peaks);
    stats->live_count--;
    stats->live_bytes -= size;
    region->usage.live -= (int64_t) size;
}

static void begin_live(struct at_region *region, struct at_site_stats *stats, size_t size)
{
    at_site_stats_save(stats, region->n_peaks);
    stats->live_count++;
    stats->live_bytes += size;
    region->usage.live += (int64_t) size;
    if (region->usage.live > region->usage.peak) {
        region->usage.peak = region->usage.live;
        region->n_peaks++;
    }
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
    if ((owned || from_before) && !at_region_is_sealed(region))
        end_live(region, owned ? find_stats(region, old) : &region->before, old->size);
    if (owned && !is_runtime_owned(old->site)) { /* it was counted as a leak */
        usage->leaks--;
        usage->leaked_bytes -= old->size;
    }
}

/* Add the event to the statistics of its site. Return the statistics that have its block. */
static struct at_site_stats *note_site(struct at_region *region, const struct at_event *event)
{
    if (event->sequence < region->sites_from) {
        region->n_unsited++;
        return &region->unsited;
    }
    struct at_site_stats *stats = event->site && !event->lost
                                      ? at_site_stats_table_get(&region->site_stats, event->site)
                                      : NULL;
    if (!stats) {
        region->usage.dropped++;
        return &region->unsited;
    }
    stats->count++;
    stats->bytes += event->size;
    stats->min_bytes = event->size < stats->min_bytes ? event->size : stats->min_bytes;
    stats->max_bytes = event->size > stats->max_bytes ? event->size : stats->max_bytes;
    return stats;
}

static void begin_block(struct at_region *region, const struct at_event *event)
{
    struct at_usage *usage = &region->usage;
    usage->allocs++;
    usage->bytes += event->size;
    if (!is_runtime_owned(event->site)) {
        usage->leaks++;
        usage->leaked_bytes += event->size;
    }
    struct at_site_stats *stats = note_site(region, event);
    if (event->old.state != AT_OLD_NONE) {
        usage->reallocs++;
        stats->reallocs++;
    }
    begin_live(region, stats, event->size);
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
    bool fails = false;
    for (; metrics; metrics &= metrics - 1) {
        int i = __builtin_ctz(metrics);
        int64_t bound = __atomic_load_n(&region->bounds[i], __ATOMIC_RELAXED);
        bool over = at_usage_value(&region->usage, (enum at_metric) i) > bound;
        if (over && !region->crossed[i]) {
            region->crossed[i] = event->site;
            fails |= i != AT_METRIC_LIVE && at_region_fails_above_bound(region, i);
        } else if (!over && i == AT_METRIC_LIVE) {
            region->crossed[i] = NULL;
        }
    }
    if (fails && region->options.n_over && !region->counted) {
        region->counted = true;
        __atomic_fetch_add(region->options.n_over, 1, __ATOMIC_RELEASE);
    }
    return fails && region->options.trap;
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
        if (event->sequence >= region->frees_from)
            note_site(region, event);
    }
    changed &= __atomic_load_n(&region->bounded, __ATOMIC_RELAXED);
    bool trap = changed && check_bounds(region, event, changed);
    if (region->options.mirror)
        *region->options.mirror = region->usage;
    return trap;
}
