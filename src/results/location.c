/* SPDX-License-Identifier: MIT */
/* See location.h. Strings of one pool are equal if their numbers are. */
#define _GNU_SOURCE
#include "results/location.h"

#include <stdlib.h>
#include <string.h>

#include "results/location_match.h"

const char *at_location_part_name(size_t metric)
{
    return metric == AT_BASELINE_PEAK ? at_site_member_names[AT_SITE_PEAK_BYTES]
                                      : at_baseline_metric_name(metric);
}

static int compare_strings(const struct at_pool *pool, uint32_t a, uint32_t b)
{
    return a == b ? 0 : strcmp(at_pool_get(pool, a), at_pool_get(pool, b));
}

static int by_location(const void *left, const void *right, void *pool)
{
    const struct at_location *a = left, *b = right;
    int order = compare_strings(pool, a->file, b->file);
    if (order == 0)
        order = compare_strings(pool, a->function, b->function);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : compare_strings(pool, a->call, b->call);
}

/* Return the innermost frame with a line, else the innermost; an empty one without any frame. */
static struct at_result_frame find_naming_frame(const struct at_results *results,
                                                const struct at_result_site *site)
{
    for (size_t i = 0; i < site->n_frames; i++) {
        struct at_result_frame frame = at_result_frame(results, site, i);
        if (frame.line)
            return frame;
    }
    return site->n_frames ? at_result_frame(results, site, 0) : (struct at_result_frame){ 0 };
}

static struct at_location location_of(const struct at_results *results,
                                      const struct at_result_site *site)
{
    struct at_result_frame frame = find_naming_frame(results, site);
    return (struct at_location){
        .call = site->function,
        .function = frame.function,
        .file = frame.line ? frame.file : frame.module,
        .line = frame.line,
        .source = frame.line ? frame.source : 0,
        .metrics = { [AT_BASELINE_ALLOCS] = site->count,
                     [AT_BASELINE_BYTES] = site->bytes,
                     [AT_BASELINE_PEAK] = site->peak_bytes,
                     [AT_BASELINE_LEAKS] = site->leaks },
    };
}

static void merge_location(struct at_location *into, const struct at_location *from)
{
    if (!into->source)
        into->source = from->source;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        if (into->metrics[i] < 0 || from->metrics[i] < 0)
            into->metrics[i] = -1;
        else if (__builtin_add_overflow(into->metrics[i], from->metrics[i], &into->metrics[i]))
            into->metrics[i] = INT64_MAX;
    }
}

/* Merge equal locations of a sorted array with at least one. Return how many are left. */
static size_t merge_equal(struct at_location *at, size_t n, struct at_pool *pool)
{
    size_t last = 0;
    for (size_t i = 1; i < n; i++) {
        if (by_location(&at[last], &at[i], pool) == 0)
            merge_location(&at[last], &at[i]);
        else
            at[++last] = at[i];
    }
    return last + 1;
}

void at_locations_of(struct at_locations *locations, const struct at_results *results,
                     const struct at_result_test *test)
{
    size_t first = locations->n;
    for (size_t i = 0; i < test->n_sites; i++) {
        struct at_location location = location_of(results, &results->sites.at[test->sites + i]);
        *at_array_add(locations) = location;
    }
    if (locations->n == first)
        return;
    struct at_location *at = locations->at + first;
    qsort_r(at, locations->n - first, sizeof *at, by_location, results->pool);
    locations->n = first + merge_equal(at, locations->n - first, results->pool);
}

/* Append the difference of two locations, one of which may be NULL: it has nothing. */
static void add_change(struct at_location_changes *changes, const struct at_location *base,
                       const struct at_location *head)
{
    const struct at_location *either = head ? head : base;
    struct at_location_change change = { .location = *either };
    change.kind = !base ? AT_LOCATION_NEW : !head ? AT_LOCATION_REMOVED : AT_LOCATION_CHANGED;
    bool differs = false;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        int64_t before = base ? base->metrics[i] : 0, after = head ? head->metrics[i] : 0;
        if (before < 0 || after < 0)
            continue;
        change.known |= 1U << i;
        change.differences[i] = after - before;
        differs |= before != after && (changes->shown >> i & 1 || i <= AT_BASELINE_BYTES);
    }
    if (differs)
        *at_array_add(changes) = change;
}

struct order {
    const struct at_pool *pool;
    unsigned shown;
};

static int by_growth(const void *left, const void *right, void *context)
{
    const struct at_location_change *a = left, *b = right;
    const struct order *order = context;
    for (size_t k = 0; k < (size_t) 2 * AT_BASELINE_METRICS; k++) {
        size_t i = k % AT_BASELINE_METRICS;
        bool shown = order->shown >> i & 1;
        if (shown == (k < AT_BASELINE_METRICS) && a->differences[i] != b->differences[i])
            return a->differences[i] > b->differences[i] ? -1 : 1;
    }
    return by_location(&a->location, &b->location, (void *) order->pool);
}

void at_locations_compare(struct at_location_changes *changes, const struct at_pool *pool,
                          const struct at_location *base, size_t n_base,
                          const struct at_location *head, size_t n_head)
{
    struct at_location_matches matches = at_locations_match(base, n_base, head, n_head);
    size_t first = changes->n;
    for (size_t h = 0; h < n_head; h++)
        add_change(changes, matches.of_head[h] ? &base[matches.of_head[h] - 1] : NULL, &head[h]);
    for (size_t b = 0; b < n_base; b++)
        if (!matches.of_base[b])
            add_change(changes, &base[b], NULL);
    at_locations_match_free(&matches);
    if (changes->n > first)
        qsort_r(changes->at + first, changes->n - first, sizeof *changes->at, by_growth,
                &(struct order){ .pool = pool, .shown = changes->shown });
}

void at_location_describe(struct at_text *text, const struct at_pool *pool,
                          const struct at_location *location)
{
    const char *file = at_pool_get(pool, location->file);
    at_text_add_string(text, *file ? file : "?");
    if (location->line)
        at_text_printf(text, ":%u", location->line);
}
