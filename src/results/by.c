/* SPDX-License-Identifier: MIT */
/* See by.h. */
#define _GNU_SOURCE
#include "results/by.h"

#include <stdlib.h>
#include <string.h>

const struct at_by_words at_by_words[AT_N_BY] = {
    [AT_BY_BYTES] = { AT_METRIC_BYTES, AT_USAGE_BYTES, "bytes allocated", "byte", "" },
    [AT_BY_ALLOCS] = { AT_METRIC_ALLOCS, AT_USAGE_ALLOCS, "allocations", "allocation", "" },
    [AT_BY_PEAK] = { AT_METRIC_PEAK, AT_USAGE_PEAK, "live at the peak", "byte",
                     " live at the peak" },
    [AT_BY_LEAKS] = { AT_METRIC_LEAKS, AT_USAGE_LEAKED_BYTES, "leaked", "byte", " leaked" },
};

const char *at_by_name(enum at_by by)
{
    return at_metric_names[at_by_words[by].metric];
}

int64_t at_by_weight(const struct at_result_site *site, enum at_by by)
{
    switch (by) {
        case AT_BY_ALLOCS: return site->count;
        case AT_BY_PEAK: return site->peak_bytes;
        case AT_BY_LEAKS: return site->leaked_bytes;
        default: return site->bytes;
    }
}

int64_t at_by_blocks(const struct at_result_site *site, enum at_by by)
{
    switch (by) {
        case AT_BY_PEAK: return site->peak_count;
        case AT_BY_LEAKS: return site->leaks;
        default: return site->count;
    }
}

int64_t at_by_rest(const struct at_results *results, const struct at_result_test *test,
                   enum at_by by)
{
    if (!test->measured || !test->has_sites)
        return 0;
    uint64_t rest = (uint64_t) test->usage[at_by_words[by].total];
    for (size_t i = 0; i < test->n_sites; i++)
        rest -= (uint64_t) at_by_weight(&results->sites.at[test->sites + i], by);
    return (int64_t) rest;
}

const struct at_result_test *at_by_find_unknown(const struct at_results *results, enum at_by by)
{
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        for (size_t k = 0; k < test->n_sites; k++)
            if (at_by_weight(&results->sites.at[test->sites + k], by) < 0)
                return test;
    }
    return NULL;
}

static int compare_parts(const void *left, const void *right, void *context)
{
    const struct at_result_site *const *a = left, *const *b = right;
    enum at_by by = *(const enum at_by *) context;
    int64_t x = at_by_weight(*a, by), y = at_by_weight(*b, by);
    if (x == y) {
        x = at_by_blocks(*a, by);
        y = at_by_blocks(*b, by);
    }
    return x == y ? (*a > *b) - (*a < *b) : x < y ? 1 : -1; /* equal ones in the file's order */
}

struct at_ranking at_by_rank(const struct at_results *results, const struct at_result_test *test,
                             enum at_by by)
{
    struct at_ranking ranking = { 0 };
    for (size_t i = 0; i < test->n_sites; i++) {
        const struct at_result_site *site = &results->sites.at[test->sites + i];
        if (at_by_blocks(site, by) > 0)
            *at_array_add(&ranking) = site;
    }
    if (ranking.n)
        qsort_r(ranking.at, ranking.n, sizeof *ranking.at, compare_parts, &by);
    return ranking;
}

struct test_order {
    const struct at_pool *pool;
    enum at_by by;
};

static int64_t usage_of(const struct at_result_test *test, int member)
{
    return test->measured ? test->usage[member] : -1;
}

static int compare_tests(const void *left, const void *right, void *context)
{
    const struct at_result_test *a = left, *b = right;
    const struct test_order *order = context;
    const int members[] = { (int) at_by_words[order->by].metric,
                            (int) at_by_words[order->by].total };
    for (size_t i = 0; i < 2; i++) {
        int64_t x = usage_of(a, members[i]), y = usage_of(b, members[i]);
        if (x != y)
            return x < y ? 1 : -1;
    }
    int ids = at_result_compare_id(order->pool, a->id, a->parameter, b->id, b->parameter);
    return ids ? ids
               : strcmp(at_pool_get(order->pool, a->program), at_pool_get(order->pool, b->program));
}

void at_by_sort_tests(struct at_results *results, enum at_by by)
{
    struct test_order order = { results->pool, by };
    if (results->tests.n)
        qsort_r(results->tests.at, results->tests.n, sizeof *results->tests.at, compare_tests,
                &order);
}
