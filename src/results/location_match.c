/* SPDX-License-Identifier: MIT */
/*
 * See location_match.h. Each step lists the locations that can be matched, sorted by the parts that
 * must be equal, and walks both lists: locations with equal parts are a group. Strings of one pool
 * are equal if their numbers are.
 */
#define _GNU_SOURCE
#include "results/location_match.h"

#include <stdlib.h>

/* The locations of two runs and their matches. */
struct sides {
    const struct at_location *base, *head;
    size_t n_base, n_head;
    size_t *of_base, *of_head;
};

/* The parts of a location that must be equal in a match. The call must be equal too, but not with
   ANY_CALL. */
enum { FUNCTION = 1, FILE_ = 2, TEXT = 4, LINE = 8, METRICS = 16, ANY_CALL = 32 };

/* How the locations of a group are matched. */
enum method {
    ALL,    /* in their order, if both runs have equally many */
    UNIQUE, /* if each run has one, counting those that are matched already */
    ALIGN,  /* in their order, so that the pairs have the most in common */
    FILL    /* the same, between those that are matched already */
};

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_parts(const struct at_location *a, const struct at_location *b, int on)
{
    int order = on & FUNCTION ? ORDER(a->function, b->function) : 0;
    if (order == 0 && !(on & ANY_CALL))
        order = ORDER(a->call, b->call);
    if (order == 0 && on & FILE_)
        order = ORDER(a->file, b->file);
    if (order == 0 && on & TEXT)
        order = ORDER(a->source, b->source);
    if (order == 0 && on & LINE)
        order = ORDER(a->line, b->line);
    for (size_t i = 0; order == 0 && on & METRICS && i <= AT_BASELINE_BYTES; i++)
        order = ORDER(a->metrics[i], b->metrics[i]);
    return order;
}

/* Locations with equal parts are sorted by line if their file is the same, else by file. */
static int by_parts(const void *left, const void *right, void *on)
{
    const struct at_location *a = *(const struct at_location *const *) left;
    const struct at_location *b = *(const struct at_location *const *) right;
    int order = compare_parts(a, b, *(int *) on);
    if (order == 0 && a->file == b->file)
        order = ORDER(a->line, b->line);
    return order ? order : ORDER(a, b);
}

/* One run of the two: its locations, and those of the other one. */
struct side {
    const struct at_location *own, *other;
    const size_t *matches;
    size_t n;
};

/* Return whether a step lists the location. With FILL, it is listed also if its match has the same
   parts. */
static bool is_listed(const struct side *side, size_t i, int on, enum method method)
{
    const struct at_location *location = &side->own[i];
    if ((on & FUNCTION && !location->function) || (on & TEXT && !location->source))
        return false;
    if (!side->matches[i] || method == UNIQUE)
        return true;
    return method == FILL && compare_parts(location, &side->other[side->matches[i] - 1], on) == 0;
}

static size_t list_locations(const struct at_location **list, const struct side *side, int on,
                             enum method method)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++)
        if (is_listed(side, i, on, method))
            list[n++] = &side->own[i];
    qsort_r(list, n, sizeof *list, by_parts, &on);
    return n;
}

/* Return how many locations at the front of the list have equal parts `on`. */
static size_t count_equal(const struct at_location *const *list, size_t n, int on)
{
    size_t equal = n > 0;
    while (equal > 0 && equal < n && compare_parts(list[0], list[equal], on) == 0)
        equal++;
    return equal;
}

/* The locations of both runs with equal parts. */
struct group {
    const struct at_location **base, **head;
    size_t n_base, n_head;
};

static size_t *match_of_base(const struct sides *sides, const struct at_location *base)
{
    return &sides->of_base[base - sides->base];
}

static size_t *match_of_head(const struct sides *sides, const struct at_location *head)
{
    return &sides->of_head[head - sides->head];
}

static void match_pair(const struct sides *sides, const struct at_location *base,
                       const struct at_location *head)
{
    *match_of_base(sides, base) = (size_t) (head - sides->head) + 1;
    *match_of_head(sides, head) = (size_t) (base - sides->base) + 1;
}

/* Match the first ones that have no match, in their order. */
static void match_in_order(const struct sides *sides, const struct group *group)
{
    for (size_t b = 0, h = 0; b < group->n_base && h < group->n_head;) {
        bool base_free = !*match_of_base(sides, group->base[b]);
        bool head_free = !*match_of_head(sides, group->head[h]);
        if (base_free && head_free)
            match_pair(sides, group->base[b], group->head[h]);
        b += base_free == head_free || !base_free;
        h += base_free == head_free || !head_free;
    }
}

/* What a pair adds to an alignment. Equal metrics outweigh an equal line; a pair that was matched
   before outweighs everything. */
enum { SCORE_PAIR = 4, SCORE_ALLOCS = 4, SCORE_BYTES = 4, SCORE_LINE = 1, SCORE_MATCHED = 1 << 16 };

/* Return the score of a pair; -1 if one of the two has another match. */
static int64_t score_pair(const struct sides *sides, const struct at_location *base,
                          const struct at_location *head)
{
    size_t match = *match_of_base(sides, base);
    if (match || *match_of_head(sides, head))
        return match == (size_t) (head - sides->head) + 1 ? SCORE_MATCHED : -1;
    return SCORE_PAIR
           + (base->metrics[AT_BASELINE_ALLOCS] == head->metrics[AT_BASELINE_ALLOCS]) * SCORE_ALLOCS
           + (base->metrics[AT_BASELINE_BYTES] == head->metrics[AT_BASELINE_BYTES]) * SCORE_BYTES
           + (base->line == head->line) * SCORE_LINE;
}

/* The moves of an alignment. */
enum move { PAIR, SKIP_BASE, SKIP_HEAD };

/* Fill `moves`, one row of n_head for each base location: the first move of the best alignment of
   the locations from there on. `best` has room for two rows of n_head + 1 zeros. */
static void score_alignments(const struct sides *sides, const struct group *group, char *moves,
                             int64_t *best)
{
    size_t width = group->n_head + 1;
    for (size_t b = group->n_base; b-- > 0;) {
        int64_t *row = best + b % 2 * width, *below = best + (b + 1) % 2 * width;
        row[group->n_head] = 0;
        for (size_t h = group->n_head; h-- > 0;) {
            int64_t score = score_pair(sides, group->base[b], group->head[h]);
            enum move move = PAIR;
            int64_t most = score < 0 ? -1 : score + below[h + 1];
            if (below[h] > most) {
                most = below[h];
                move = SKIP_BASE;
            }
            if (row[h + 1] > most) {
                most = row[h + 1];
                move = SKIP_HEAD;
            }
            row[h] = most;
            moves[b * group->n_head + h] = (char) move;
        }
    }
}

static void align(const struct sides *sides, const struct group *group)
{
    enum { MOST_CELLS = 1 << 24 }; /* a tenth of a second; larger groups keep their order only */
    if (group->n_base > MOST_CELLS / group->n_head) {
        match_in_order(sides, group);
        return;
    }
    char *moves = malloc(group->n_base * group->n_head);
    int64_t *best = calloc(2 * (group->n_head + 1), sizeof *best);
    if (!moves || !best)
        at_grow_failed();
    score_alignments(sides, group, moves, best);
    for (size_t b = 0, h = 0; b < group->n_base && h < group->n_head;) {
        char move = moves[b * group->n_head + h];
        if (move == PAIR)
            match_pair(sides, group->base[b], group->head[h]);
        b += move != SKIP_HEAD;
        h += move != SKIP_BASE;
    }
    free(moves);
    free(best);
}

static size_t count_free(const struct at_location *const *list, size_t n,
                         const struct at_location *first, const size_t *matches)
{
    size_t n_free = 0;
    for (size_t i = 0; i < n; i++)
        n_free += !matches[list[i] - first];
    return n_free;
}

static void match_group(const struct sides *sides, const struct group *group, enum method method)
{
    size_t bases = count_free(group->base, group->n_base, sides->base, sides->of_base);
    size_t heads = count_free(group->head, group->n_head, sides->head, sides->of_head);
    if (bases == 0 || heads == 0 || (method == UNIQUE && group->n_base + group->n_head > 2))
        return;
    if (method == FILL || (method == ALIGN && bases != heads))
        align(sides, group);
    else if (bases == heads)
        match_in_order(sides, group);
}

/* Match locations whose parts `on` are equal. `list` has room for all locations. */
static void match_equal(const struct sides *sides, const struct at_location **list, int on,
                        enum method method)
{
    const struct side base = { sides->base, sides->head, sides->of_base, sides->n_base };
    const struct side head = { sides->head, sides->base, sides->of_head, sides->n_head };
    struct group group = { .base = list, .head = list + sides->n_base };
    size_t n_base = list_locations(group.base, &base, on, method);
    size_t n_head = list_locations(group.head, &head, on, method);
    while (n_base > 0 && n_head > 0) {
        int order = compare_parts(*group.base, *group.head, on);
        group.n_base = order <= 0 ? count_equal(group.base, n_base, on) : 0;
        group.n_head = order >= 0 ? count_equal(group.head, n_head, on) : 0;
        match_group(sides, &group, method);
        group.base += group.n_base;
        n_base -= group.n_base;
        group.head += group.n_head;
        n_head -= group.n_head;
    }
}

static bool has_text(const struct at_location *locations, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (locations[i].source)
            return true;
    return false;
}

/* The steps of location_match.h. Equal metrics come first where a text may be in several places. */
static const struct step {
    int on;
    enum method method;
    bool only_without_text;
} steps[] = {
    { FUNCTION | FILE_ | TEXT, ALIGN, false },
    { FILE_ | TEXT | METRICS, ALL, false },
    { FILE_ | TEXT, ALL, false },
    { FUNCTION | TEXT | METRICS, ALL, false },
    { FUNCTION | TEXT, ALL, false },
    { TEXT, UNIQUE, false },
    { TEXT | METRICS, ALL, false },
    { FUNCTION | FILE_, FILL, false },
    { FILE_ | LINE | METRICS, ALIGN, false },
    { FILE_ | METRICS, ALL, true },
    { FILE_ | LINE, ALIGN, true },
    { FUNCTION, ALIGN, false },
    { FUNCTION | FILE_ | TEXT | METRICS | ANY_CALL, ALL, false },
    { FUNCTION | FILE_ | TEXT | ANY_CALL, ALL, false },
    { FUNCTION | FILE_ | LINE | ANY_CALL, ALL, false },
    { FUNCTION | FILE_ | METRICS | ANY_CALL, ALL, false },
    { FILE_ | TEXT | METRICS | ANY_CALL, ALL, false },
    { FILE_ | TEXT | ANY_CALL, ALL, false },
};

struct at_location_matches at_locations_match(const struct at_location *base, size_t n_base,
                                              const struct at_location *head, size_t n_head)
{
    size_t capacity = n_base + n_head + 1;
    size_t *matches = calloc(capacity, sizeof *matches);
    const struct at_location **list = calloc(capacity, sizeof *list);
    if (!matches || !list)
        at_grow_failed();
    struct sides sides = {
        .base = base,
        .head = head,
        .n_base = n_base,
        .n_head = n_head,
        .of_base = matches,
        .of_head = matches + n_base,
    };
    bool texts = has_text(base, n_base) && has_text(head, n_head);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (!texts || !steps[i].only_without_text)
            match_equal(&sides, list, steps[i].on, steps[i].method);
    free(list);
    return (struct at_location_matches){ .of_base = matches, .of_head = matches + n_base };
}

void at_locations_match_free(struct at_location_matches *matches)
{
    free(matches->of_base);
    *matches = (struct at_location_matches){ 0 };
}
