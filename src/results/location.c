/* SPDX-License-Identifier: MIT */
/* See location.h. Strings of one pool are equal if their numbers are. */
#define _GNU_SOURCE
#include "results/location.h"

#include <stdlib.h>
#include <string.h>

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
        .allocs = site->count,
        .bytes = site->bytes,
    };
}

/* Merge equal locations of a sorted array with at least one. Return how many are left. */
static size_t merge_equal(struct at_location *at, size_t n, struct at_pool *pool)
{
    size_t last = 0;
    for (size_t i = 1; i < n; i++) {
        if (by_location(&at[last], &at[i], pool) != 0) {
            at[++last] = at[i];
            continue;
        }
        at[last].allocs += at[i].allocs;
        at[last].bytes += at[i].bytes;
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

/* The locations of two runs. `of_base` and `of_head` match them: 1 + index in the other run, 0 if
   there is no match yet. */
struct sides {
    const struct at_location *base, *head;
    size_t n_base, n_head;
    size_t *of_base, *of_head;
};

/* The parts of a location that must be equal in a match, beside the call. */
enum { FUNCTION = 1, FILE_ = 2, LINE = 4, METRICS = 8 };

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_parts(const struct at_location *a, const struct at_location *b, int on)
{
    int order = ORDER(a->call, b->call);
    if (order == 0 && on & FUNCTION)
        order = ORDER(a->function, b->function);
    if (order == 0 && on & FILE_)
        order = ORDER(a->file, b->file);
    if (order == 0 && on & LINE)
        order = ORDER(a->line, b->line);
    if (order == 0 && on & METRICS)
        order = ORDER(a->allocs, b->allocs);
    if (order == 0 && on & METRICS)
        order = ORDER(a->bytes, b->bytes);
    return order;
}

/* Locations with equal parts keep their order. */
static int by_parts(const void *left, const void *right, void *on)
{
    const struct at_location *const *a = left, *const *b = right;
    int order = compare_parts(*a, *b, *(int *) on);
    return order ? order : ORDER(*a, *b);
}

/* Fill `unmatched` with the locations without a match, sorted by the parts `on`. Return how many.
 */
static size_t list_unmatched(const struct at_location **unmatched,
                             const struct at_location *locations, const size_t *matched, size_t n,
                             int on)
{
    size_t n_unmatched = 0;
    for (size_t i = 0; i < n; i++)
        if (!matched[i] && (!(on & FUNCTION) || locations[i].function))
            unmatched[n_unmatched++] = &locations[i];
    qsort_r(unmatched, n_unmatched, sizeof *unmatched, by_parts, &on);
    return n_unmatched;
}

/* Return how many locations at the front of the list have equal parts `on`. */
static size_t count_equal(const struct at_location *const *unmatched, size_t n, int on)
{
    size_t equal = n > 0;
    while (equal > 0 && equal < n && compare_parts(unmatched[0], unmatched[equal], on) == 0)
        equal++;
    return equal;
}

/* Match locations whose parts `on` are equal, in their order; with `whole`, only if both runs have
   equally many of them. `unmatched` has room for all locations. */
static void match_equal(struct sides *sides, const struct at_location **unmatched, int on,
                        bool whole)
{
    const struct at_location **base = unmatched, **head = unmatched + sides->n_base;
    size_t n_base = list_unmatched(base, sides->base, sides->of_base, sides->n_base, on);
    size_t n_head = list_unmatched(head, sides->head, sides->of_head, sides->n_head, on);
    while (n_base > 0 && n_head > 0) {
        int order = compare_parts(*base, *head, on);
        size_t bases = order <= 0 ? count_equal(base, n_base, on) : 0;
        size_t heads = order >= 0 ? count_equal(head, n_head, on) : 0;
        for (size_t i = 0; i < bases && i < heads && (!whole || bases == heads); i++) {
            sides->of_head[head[i] - sides->head] = (size_t) (base[i] - sides->base) + 1;
            sides->of_base[base[i] - sides->base] = (size_t) (head[i] - sides->head) + 1;
        }
        base += bases;
        n_base -= bases;
        head += heads;
        n_head -= heads;
    }
}

static void add_change(struct at_location_changes *changes, enum at_location_kind kind,
                       const struct at_location *location, int64_t allocs, int64_t bytes)
{
    if (allocs || bytes)
        *at_array_add(changes) = (struct at_location_change){
            .location = *location, .kind = kind, .allocs = allocs, .bytes = bytes
        };
}

static void add_changes(struct at_location_changes *changes, const struct sides *sides)
{
    for (size_t h = 0; h < sides->n_head; h++) {
        const struct at_location *head = &sides->head[h];
        static const struct at_location nothing;
        bool known = sides->of_head[h] > 0;
        const struct at_location *base = known ? &sides->base[sides->of_head[h] - 1] : &nothing;
        add_change(changes, known ? AT_LOCATION_CHANGED : AT_LOCATION_NEW, head,
                   head->allocs - base->allocs, head->bytes - base->bytes);
    }
    for (size_t b = 0; b < sides->n_base; b++)
        if (!sides->of_base[b])
            add_change(changes, AT_LOCATION_REMOVED, &sides->base[b], -sides->base[b].allocs,
                       -sides->base[b].bytes);
}

static int by_growth(const void *left, const void *right, void *pool)
{
    const struct at_location_change *a = left, *b = right;
    if (a->allocs != b->allocs)
        return a->allocs > b->allocs ? -1 : 1;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return by_location(&a->location, &b->location, pool);
}

void at_locations_compare(struct at_location_changes *changes, const struct at_pool *pool,
                          const struct at_location *base, size_t n_base,
                          const struct at_location *head, size_t n_head)
{
    size_t capacity = n_base + n_head + 1;
    size_t *matched = calloc(capacity, sizeof *matched);
    const struct at_location **unmatched = calloc(capacity, sizeof *unmatched);
    if (!matched || !unmatched)
        at_grow_failed();
    struct sides sides = {
        .base = base,
        .head = head,
        .n_base = n_base,
        .n_head = n_head,
        .of_base = matched,
        .of_head = matched + n_base,
    };
    match_equal(&sides, unmatched, FUNCTION | FILE_, true);
    match_equal(&sides, unmatched, FUNCTION | FILE_ | LINE, false);
    match_equal(&sides, unmatched, FUNCTION | FILE_ | METRICS, false);
    match_equal(&sides, unmatched, FUNCTION | FILE_, false);
    match_equal(&sides, unmatched, FILE_ | LINE, false);
    match_equal(&sides, unmatched, FUNCTION, false);
    size_t first = changes->n;
    add_changes(changes, &sides);
    free(matched);
    free(unmatched);
    if (changes->n > first)
        qsort_r(changes->at + first, changes->n - first, sizeof *changes->at, by_growth,
                (void *) pool);
}

void at_location_describe(struct at_text *text, const struct at_pool *pool,
                          const struct at_location *location)
{
    const char *file = at_pool_get(pool, location->file);
    at_text_add_string(text, *file ? file : "?");
    if (location->line)
        at_text_printf(text, ":%u", location->line);
}
