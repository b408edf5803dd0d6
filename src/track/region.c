/* SPDX-License-Identifier: MIT */
/* See region.h: the life of a region, and its results. */
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
        struct at_site_stats_table table =
            fresh->site_stats; /* an earlier region's memory, emptied */
        const struct at_region *outer = at_tracker_regions();
        table.hint = outer ? (outer->site_stats.hint + 1) % AT_N_STATS_HINTS : 0;
        *fresh = (struct at_region){
            .site_stats = table,
            .sites_from = options->sites ? 0 : UINT64_MAX,
            .frees_from = options->free_sites ? 0 : UINT64_MAX,
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

/* Forget the site that went over an earlier bound, if the metric is within the present one: only a
   later event can go over it. */
static void forget_crossed(struct at_region *region, enum at_metric metric)
{
    bool entered = at_tracker_hold();
    if (at_usage_value(&region->usage, metric) <= region->bounds[metric])
        region->crossed[metric] = NULL;
    at_tracker_unhold(entered);
}

void at_region_set_bound(struct at_region *region, enum at_metric metric, int64_t highest,
                         bool warn)
{
    bool replaces = __atomic_load_n(&region->bounded, __ATOMIC_RELAXED) & 1u << metric;
    __atomic_store_n(&region->bounds[metric], highest, __ATOMIC_RELAXED);
    if (replaces)
        forget_crossed(region, metric);
    if (warn)
        __atomic_fetch_or(&region->warned, 1u << metric, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&region->warned, ~(1u << metric), __ATOMIC_RELAXED);
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
        region->sites_from = at_tracker_next();
        at_tracker_count_sites(region, 1);
    }
    at_tracker_unhold(entered);
}

void at_region_want_free_sites(struct at_region *region)
{
    bool entered = at_tracker_hold();
    if (region->open && !region->options.free_sites) {
        region->options.free_sites = true;
        region->frees_from = at_tracker_next();
        at_tracker_count_free_sites(1);
    }
    at_tracker_unhold(entered);
}

void at_region_seal(struct at_region *region)
{
    bool entered = at_tracker_hold();
    if (region->open && !at_region_is_sealed(region))
        region->end = at_tracker_now() + 1;
    at_tracker_unhold(entered);
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
        if (region->crossed[i] && at_region_fails_above_bound(region, i))
            return true;
    return false;
}

struct at_region *at_region_find_over_bound(void)
{
    bool unobserved = !at_is_observable(NULL);
    bool entered = at_tracker_hold();
    struct at_region *region = at_tracker_regions();
    while (region
           && !(region->options.disposable && !region->options.warn && !at_region_is_sealed(region)
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

struct at_site_part at_region_site_at_peak(const struct at_region *region,
                                           const struct at_site_stats *stats)
{
    return at_site_stats_at_peak(stats, region->n_peaks);
}

void at_region_find_buffers(struct at_region *region)
{
    bool entered = at_tracker_hold();
    at_leaks_find_buffers(region);
    at_tracker_unhold(entered);
}

bool at_region_site_is_runtime_owned(const struct at_site_stats *stats, enum at_metric metric)
{
    if (stats->site->runtime_owned != AT_RUNTIME_OWNED_AS_BUFFER)
        return stats->site->runtime_owned == AT_RUNTIME_OWNED_ALWAYS;
    uint64_t n = metric == AT_METRIC_PEAK ? stats->count : stats->live_count;
    return n > 0 && n == stats->buffers;
}

int64_t at_region_before_at_peak(const struct at_region *region)
{
    return (int64_t) at_region_site_at_peak(region, &region->before).bytes;
}

int64_t at_region_before_at_end(const struct at_region *region)
{
    return (int64_t) region->before.live_bytes;
}

enum at_status at_region_site(const struct at_region *region, size_t index, struct at_site *site)
{
    if (index >= region->site_stats.n_sites)
        return AT_ERROR_INVALID_ARGUMENT;
    const struct at_site_stats *stats = &region->site_stats.sites[index];
    const struct at_site_part at_peak = at_region_site_at_peak(region, stats);
    *site = (struct at_site){
        .function = at_function_name((enum at_function) stats->site->function),
        .count = stats->count,
        .bytes = stats->bytes,
        .min_bytes = stats->min_bytes,
        .max_bytes = stats->max_bytes,
        .peak_count = at_peak.count,
        .peak_bytes = at_peak.bytes,
        .live_count = stats->live_count,
        .live_bytes = stats->live_bytes,
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
