/* SPDX-License-Identifier: MIT */
/* The comparison of oracle_model.h: the library's results against the recording. */
#include <stdio.h>
#include <stdlib.h>

#include "oracle_model.h"
#include "track/region.h"

static void note_compared(unsigned n)
{
    __atomic_fetch_add(&model.n_compared, n, __ATOMIC_RELAXED);
}

static void add(struct at_counters *sum, const struct at_counters *more)
{
    sum->allocs += __atomic_load_n(&more->allocs, __ATOMIC_SEQ_CST);
    sum->reallocs += __atomic_load_n(&more->reallocs, __ATOMIC_SEQ_CST);
    sum->frees += __atomic_load_n(&more->frees, __ATOMIC_SEQ_CST);
    sum->bytes += __atomic_load_n(&more->bytes, __ATOMIC_SEQ_CST);
    sum->failed += __atomic_load_n(&more->failed, __ATOMIC_SEQ_CST);
}

static void compare_counters(const struct worker *worker, const struct at_counters *expected,
                             const struct at_counters *seen, const struct at_counters *base)
{
    model_equal(worker, "allocs", expected->allocs, seen->allocs - base->allocs);
    model_equal(worker, "reallocs", expected->reallocs, seen->reallocs - base->reallocs);
    model_equal(worker, "frees", expected->frees, seen->frees - base->frees);
    model_equal(worker, "bytes", expected->bytes, seen->bytes - base->bytes);
    model_equal(worker, "failed", expected->failed, seen->failed - base->failed);
    note_compared(5);
}

void model_check_thread(struct worker *worker)
{
    struct at_counters seen = at_thread_counters();
    compare_counters(worker, &worker->total, &seen, &worker->base);
}

void model_check_process(void)
{
    struct at_counters seen = at_process_counters(), expected = { 0 };
    for (unsigned i = 0; i < model.n_threads; i++)
        add(&expected, &model.workers[i].total);
    compare_counters(&model.workers[0], &expected, &seen, &model.base);
}

static void sum_parts(const struct watch *watch, struct part *sum)
{
    *sum = (struct part){ .epoch = watch->epoch };
    for (unsigned i = 0; i < MAX_THREADS; i++) {
        const struct part *part = &watch->parts[i];
        if (part->epoch != watch->epoch)
            continue;
        add(&sum->counters, &part->counters);
        sum->leaks += part->leaks;
        sum->leaked_bytes += part->leaked_bytes;
        sum->unknown += part->unknown;
        sum->maybe += part->maybe;
        for (unsigned site = 0; site < N_SITES; site++) {
            const struct site_metrics *from = &part->sites[site];
            struct site_metrics *to = &sum->sites[site];
            if (from->epoch != watch->epoch)
                continue;
            to->least = to->epoch && to->least < from->least ? to->least : from->least;
            to->most = to->most > from->most ? to->most : from->most;
            to->epoch = watch->epoch;
            to->count += from->count;
            to->bytes += from->bytes;
            to->leaks += from->leaks;
            to->leaked_bytes += from->leaked_bytes;
        }
    }
}

/* Add the library's sites to the sites of the oracle. Several stacks can lead to one path. */
static void read_sites(const struct worker *worker, const struct at_region *region,
                       struct site_metrics *sites)
{
    for (size_t i = 0; i < at_region_n_sites(region); i++) {
        struct at_site site;
        model_equal(worker, "a site's status", AT_OK, at_region_site(region, i, &site));
        int number = calls_site_of(site.function, site.frames, site.n_frames);
        if (number < 0)
            model_fail(worker, site.function, 0, site.count);
        struct site_metrics *to = &sites[number];
        to->least = to->epoch && to->least < site.min_bytes ? to->least : site.min_bytes;
        to->most = to->most > site.max_bytes ? to->most : site.max_bytes;
        to->epoch = 1;
        to->count += site.count;
        to->bytes += site.bytes;
        to->leaks += (int64_t) region->site_stats.sites[i].leaks;
        to->leaked_bytes += (int64_t) region->site_stats.sites[i].leaked_bytes;
    }
}

static void compare_sites(const struct worker *worker, const struct site_metrics *expected,
                          const struct at_region *region)
{
    struct site_metrics seen[N_SITES] = { 0 };
    read_sites(worker, region, seen);
    for (unsigned i = 0; i < N_SITES; i++) {
        model_equal(worker, "a site's count", expected[i].count, seen[i].count);
        if (expected[i].count == 0)
            continue;
        model_equal(worker, "a site's bytes", expected[i].bytes, seen[i].bytes);
        model_equal(worker, "a site's smallest", expected[i].least, seen[i].least);
        model_equal(worker, "a site's largest", expected[i].most, seen[i].most);
        model_equal(worker, "a site's leaks", (uint64_t) expected[i].leaks,
                    (uint64_t) seen[i].leaks);
        model_equal(worker, "a site's leaked bytes", (uint64_t) expected[i].leaked_bytes,
                    (uint64_t) seen[i].leaked_bytes);
        note_compared(6);
    }
}

static void compare_usage(const struct worker *worker, const struct watch *watch,
                          const struct part *sum, const struct at_usage *seen)
{
    static const struct at_counters zero;
    struct at_counters counters = { seen->allocs, seen->reallocs, seen->frees, seen->bytes,
                                    seen->failed };
    compare_counters(worker, &sum->counters, &counters, &zero);
    model_equal(worker, "leaks", (uint64_t) sum->leaks, seen->leaks);
    model_equal(worker, "leaked bytes", (uint64_t) sum->leaked_bytes, seen->leaked_bytes);
    model_equal(worker, "dropped", 0, seen->dropped);
    model_equal(worker, "permitted", 0, seen->permitted);
    note_compared(4);
    if (sum->maybe > 0) {
        if (seen->unknown > sum->maybe + sum->unknown || seen->unknown < sum->unknown)
            model_fail(worker, "unknown", sum->maybe, seen->unknown);
        return; /* live and peak are not known either */
    }
    model_equal(worker, "unknown", sum->unknown, seen->unknown);
    model_equal(worker, "live", (uint64_t) watch->live, (uint64_t) seen->live);
    if (seen->peak < watch->least_peak)
        model_fail(worker, "peak, at least", (uint64_t) watch->least_peak, (uint64_t) seen->peak);
    if (seen->peak > watch->most_peak)
        model_fail(worker, "peak, at most", (uint64_t) watch->most_peak, (uint64_t) seen->peak);
    note_compared(3);
}

void model_close(struct worker *worker, struct watch *watch)
{
    static __thread struct part sum;
    model_fold(watch);
    at_region_find_leaks(watch->region);
    at_region_end(watch->region);
    watch->open = false;
    struct at_usage seen = at_region_usage(watch->region);
    sum_parts(watch, &sum);
    compare_usage(worker, watch, &sum, &seen);
    compare_sites(worker, sum.sites, watch->region);
    watch->region = at_region_free(watch->region);
}

static void sum_all(size_t offset, struct at_counters *sum)
{
    *sum = (struct at_counters){ 0 };
    for (unsigned i = 0; i < model.n_threads; i++)
        add(sum, (const struct at_counters *) ((const char *) &model.workers[i] + offset));
}

void model_brief_begin(struct brief_region *brief)
{
    sum_all(offsetof(struct worker, finished), &brief->least_before);
    if (at_region_begin(AT_PROCESS, &brief->region) != AT_OK)
        abort();
    sum_all(offsetof(struct worker, started), &brief->most_before);
    __atomic_fetch_add(&model.n_regions, 1, __ATOMIC_RELAXED);
}

static void compare_bounds(const struct worker *worker, const char *what, uint64_t least_before,
                           uint64_t most_before, uint64_t least_after, uint64_t most_after,
                           uint64_t seen)
{
    uint64_t least = least_after > most_before ? least_after - most_before : 0;
    if (seen < least)
        model_fail(worker, what, least, seen);
    if (seen > most_after - least_before)
        model_fail(worker, what, most_after - least_before, seen);
    note_compared(1);
}

void model_brief_end(struct worker *worker, struct brief_region *brief)
{
    struct at_counters least, most;
    sum_all(offsetof(struct worker, finished), &least);
    at_region_end(brief->region);
    sum_all(offsetof(struct worker, started), &most);
    struct at_usage seen = at_region_usage(brief->region);
#define BOUNDS(Field)                                                                              \
    compare_bounds(worker, #Field " among running threads", brief->least_before.Field,             \
                   brief->most_before.Field, least.Field, most.Field, seen.Field)
    BOUNDS(allocs);
    BOUNDS(reallocs);
    BOUNDS(frees);
    BOUNDS(bytes);
    BOUNDS(failed);
    model_equal(worker, "dropped", 0, seen.dropped);
    brief->region = at_region_free(brief->region);
}
