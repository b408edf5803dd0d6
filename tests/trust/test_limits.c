/* SPDX-License-Identifier: MIT */
/*
 * If the kernel refuses memory for the library's tables, metrics are exact, or the region reports
 * that they are not.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "regions.h"

static void *volatile sink;
static pthread_barrier_t barrier;

static void limit_address_space(void)
{
    cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ 1, 1 }), 0);
}

/* A block that does not fit the table of live blocks is counted, and reported as dropped. */
Test(limits, no_memory_for_the_live_blocks)
{
    enum { N = 10000 };
    static char pool[N];
    struct at_region *region = begin(AT_PROCESS);
    at_note_alloc(pool, 1); /* the memory for the call site exists */
    limit_address_space();
    for (size_t i = 1; i < N; i++)
        at_note_alloc(&pool[i], 1);
    struct at_usage usage = at_region_usage(region);
    cr_expect_eq(usage.allocs, N);
    cr_expect_eq(usage.bytes, N);
    uint64_t lost = usage.dropped;
    cr_expect_gt(lost, 0);
    cr_expect_lt(lost, N - 1000, "the table of 1,024 fills up");
    for (size_t i = 0; i < N; i++)
        at_note_free(&pool[i]);
    at_region_end(region);
    usage = at_region_usage(region);
    cr_expect_eq(usage.frees, N, "%llu", (unsigned long long) usage.frees);
    cr_expect_eq(usage.unknown, lost, "%llu of %llu are not known when they are released",
                 (unsigned long long) usage.unknown, (unsigned long long) lost);
    cr_expect_eq(usage.live, (int64_t) lost);
}

static void *wait_twice(void *arg)
{
    pthread_barrier_wait(&barrier);
    sink = malloc(10);
    pthread_barrier_wait(&barrier);
    return arg;
}

/* Threads without a block of counters share one, and are counted. */
Test(limits, no_memory_for_a_threads_block)
{
    enum { N = 100 };
    pthread_t threads[N];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_barrier_init(&barrier, NULL, N + 1);
    for (size_t i = 0; i < N; i++)
        cr_assert_eq(pthread_create(&threads[i], &small, wait_twice, NULL), 0);
    struct at_region *region = begin(AT_PROCESS);
    struct at_counters before = at_process_counters();
    limit_address_space();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    struct at_counters after = at_process_counters();
    struct at_usage usage = at_region_usage(region);
    cr_expect_eq(after.allocs + after.failed - before.allocs - before.failed, N);
    cr_expect_eq(usage.allocs + usage.failed, N);
    for (size_t i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
}

/* A region without memory is an error, not a region of zeros. */
Test(limits, no_memory_for_a_region)
{
    struct at_region *region = NULL;
    enum at_status status = AT_OK;
    limit_address_space();
    for (int i = 0; status == AT_OK && i < 10000; i++)
        status = at_region_begin(AT_PROCESS, &region);
    cr_expect_eq(status, AT_ERROR_NO_MEMORY);
}
