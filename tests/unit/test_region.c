/* SPDX-License-Identifier: MIT */
/* Regions: scopes, nesting, threads, bounds, blocks from before. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "regions.h"

static void *volatile sink;

/* Check which function of the malloc family went over the bound of the metric. */
static void check_crossed(const struct at_region *region, enum at_metric metric,
                          const char *function)
{
    const struct at_call_site *site = region->crossed[metric];
    cr_assert(site);
    cr_assert_str_eq(at_function_name((enum at_function) site->function), function);
}

Test(region, the_first_site_over_a_bound_is_recorded)
{
    struct at_region *region = begin(AT_PROCESS);
    at_region_set_bound(region, AT_METRIC_ALLOCS, 1, false);
    sink = malloc(1);
    sink = calloc(1, 1);
    sink = malloc(1);
    at_region_end(region);
    check_crossed(region, AT_METRIC_ALLOCS, "calloc");
    at_region_free(region);
}

Test(region, a_warning_has_its_site_and_is_no_failure)
{
    uint32_t n_over = 0;
    struct at_region *region = begin(AT_PROCESS);
    region->options.n_over = &n_over;
    at_region_set_bound(region, AT_METRIC_ALLOCS, 1, true);
    at_region_set_bound(region, AT_METRIC_BYTES, 2, false);
    sink = malloc(1);
    sink = calloc(1, 1);
    cr_expect_eq(at_region_is_over_bound(region), false);
    cr_expect_eq(n_over, 0);
    sink = malloc(1);
    cr_expect_eq(at_region_is_over_bound(region), true);
    cr_expect_eq(n_over, 1);
    at_region_end(region);
    check_crossed(region, AT_METRIC_ALLOCS, "calloc");
    at_region_free(region);
}

Test(region, a_site_over_a_replaced_bound_is_forgotten)
{
    struct at_region *region = begin(AT_PROCESS);
    at_region_set_bound(region, AT_METRIC_ALLOCS, 0, false);
    sink = malloc(1);
    at_region_set_bound(region, AT_METRIC_ALLOCS, 1, false);
    cr_expect_eq(at_region_is_over_bound(region), false);
    sink = calloc(1, 1);
    sink = malloc(1);
    at_region_end(region);
    check_crossed(region, AT_METRIC_ALLOCS, "calloc");
    at_region_free(region);
}

Test(region, live_that_returns_below_its_bound_is_within)
{
    struct at_region *region = begin(AT_PROCESS);
    at_region_set_bound(region, AT_METRIC_LIVE, 50, false);
    void *first = calloc(1, 100);
    free(first);
    void *second = malloc(100);
    at_region_end(region);
    check_crossed(region, AT_METRIC_LIVE, "malloc");
    at_region_free(region);
    free(second);
}

/* Two functions that are called at one address, through a pointer, are two call sites. */
Test(region, two_functions_at_one_address_are_two_sites)
{
    static void *(*const functions[])(size_t) = { valloc, pvalloc };
    struct at_region *region = begin(AT_PROCESS);
    for (volatile size_t i = 0; i < 4; i++)
        free(functions[i % 2](10));
    at_region_end(region);
    struct at_site sites[2];
    cr_assert_eq(at_region_n_sites(region), 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(at_region_site(region, i, &sites[i]), AT_OK);
        cr_expect_str_eq(sites[i].function, i ? "pvalloc" : "valloc");
        cr_expect_eq(sites[i].count, 2);
    }
    at_region_free(region);
}

static void *unseen[2];

static __attribute__((constructor)) void allocate_before_anybody_watches(void)
{
    unseen[0] = malloc(10);
    unseen[1] = malloc(20);
}

/* A sealed region counts only releases of its own blocks. */
Test(region, a_sealed_region_ignores_blocks_of_unknown_size)
{
    struct at_region *region = begin(AT_PROCESS);
    void *own = malloc(30);
    free(unseen[0]);
    at_region_seal(region);
    free(unseen[1]);
    free(own);
    struct at_usage usage = end(region);
    cr_expect_eq(usage.unknown, 1);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.live, 30, "live is that of the moment of sealing");
    cr_expect_eq(usage.leaks, 0);
}

Test(region, an_unknown_scope_is_refused)
{
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin((enum at_scope) 7, &region), AT_ERROR_INVALID_ARGUMENT);
    cr_assert(region == NULL, "the output is written on success only");
}

Test(region, sites_are_in_the_order_of_their_first_allocation)
{
    struct at_region *region = begin(AT_PROCESS);
    for (volatile size_t i = 1; i <= 3; i++) /* volatile: not unrolled, so one call site */
        sink = malloc(i * 10);
    sink = strdup("abc");
    at_region_end(region);
    struct at_site site;
    cr_assert_eq(at_region_n_sites(region), 2);
    cr_assert_eq(at_region_site(region, 0, &site), AT_OK);
    cr_expect_str_eq(site.function, "malloc");
    cr_expect_eq(site.count, 3);
    cr_expect_eq(site.bytes, 60);
    cr_expect_eq(site.min_bytes, 10);
    cr_expect_eq(site.max_bytes, 30);
    cr_assert_eq(at_region_site(region, 1, &site), AT_OK);
    cr_expect_eq(site.bytes, 4);
    cr_assert_eq(at_region_site(region, 2, &site), AT_ERROR_INVALID_ARGUMENT);
    cr_assert(at_region_free(region) == NULL);
    cr_assert(at_region_free(NULL) == NULL);
}

Test(region, regions_may_overlap)
{
    struct at_region *first = begin(AT_PROCESS);
    sink = malloc(1);
    struct at_region *second = begin(AT_PROCESS);
    sink = malloc(2);
    struct at_usage of_first = end(first);
    sink = malloc(4);
    struct at_usage of_second = end(second);
    cr_expect_eq(of_first.bytes, 3);
    cr_expect_eq(of_second.bytes, 6);
}

/* A block from before a region: the region counts its release and subtracts its bytes from live.
   The block is no leak of the region. */
Test(region, a_block_from_before_is_released_inside)
{
    void *before = malloc(100);
    struct at_region *region = begin(AT_PROCESS);
    void *inside = malloc(10);
    before = realloc(before, 50);
    free(before);
    struct at_usage usage = at_region_usage(region);
    cr_expect_eq(usage.live, 10 - 100);
    cr_expect_eq(usage.peak, 10);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.reallocs, 1);
    cr_expect_eq(usage.leaks, 1);
    cr_expect_eq(usage.leaked_bytes, 10);
    free(inside);
    usage = end(region);
    cr_expect_eq(usage.leaks, 0);
    cr_expect_eq(usage.unknown, 0);
}

static void *allocate_in_thread(void *arg)
{
    sink = malloc(1000);
    free(arg);
    return sink;
}

Test(region, a_thread_region_ignores_other_threads)
{
    free(run_in_thread(allocate_in_thread, NULL)); /* libc uses the stack for the next thread */
    struct at_region *mine = begin(AT_THREAD);
    struct at_region *all = begin(AT_PROCESS);
    void *block = malloc(10);
    void *theirs = run_in_thread(allocate_in_thread, block); /* the other thread releases `block` */
    struct at_usage of_mine = end(mine);
    struct at_usage of_all = end(all);
    cr_expect_eq(of_mine.allocs, 1);
    cr_expect_eq(of_mine.frees, 0, "the other thread made the release");
    cr_expect_eq(of_mine.leaks, 0, "the block is no longer live");
    cr_expect_eq(of_mine.live, 0);
    cr_expect_eq(of_all.allocs, 2);
    cr_expect_eq(of_all.bytes, 1010);
    cr_expect_eq(of_all.frees, 1);
    cr_expect_eq(of_all.leaked_bytes, 1000);
    free(theirs);
}

enum { N_THREADS = 8, N_ROUNDS = 2000 };

static void *exchange[N_THREADS * N_ROUNDS];
static pthread_barrier_t barrier;

/* Allocate the blocks of one part of the array, then release those of the next thread. */
static void *fill_and_drain(void *arg)
{
    size_t me = (size_t) (uintptr_t) arg;
    for (size_t i = 0; i < N_ROUNDS; i++)
        exchange[me * N_ROUNDS + i] = malloc(i % 100 + 1);
    pthread_barrier_wait(&barrier);
    size_t next = (me + 1) % N_THREADS;
    for (size_t i = 0; i < N_ROUNDS; i++)
        free(exchange[next * N_ROUNDS + i]);
    return NULL;
}

Test(region, threads_that_free_each_others_blocks_balance)
{
    pthread_t threads[N_THREADS];
    pthread_barrier_init(&barrier, NULL, N_THREADS);
    pthread_attr_t small; /* libc caches small stacks, so a join releases no memory */
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    struct at_region *region = begin(AT_PROCESS);
    struct at_counters before = at_process_counters();
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], &small, fill_and_drain, (void *) (uintptr_t) i);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    struct at_counters after = at_process_counters();
    struct at_usage usage = end(region);
    uint64_t created = usage.allocs - N_THREADS * N_ROUNDS; /* by pthread_create() itself */
    uint64_t bytes = 0;
    for (size_t i = 0; i < N_ROUNDS; i++)
        bytes += N_THREADS * (i % 100 + 1);
    cr_expect_leq(created, N_THREADS);
    cr_expect_eq(usage.frees, N_THREADS * N_ROUNDS);
    cr_expect_eq(usage.leaks, 0, "the blocks of pthread_create() are runtime-owned");
    cr_expect_eq(usage.live, (int64_t) (usage.bytes - bytes), "these blocks are live");
    cr_expect_eq(usage.peak, (int64_t) usage.bytes, "all blocks were live at the barrier");
    cr_expect_eq((usage.bytes - bytes) % (created ? created : 1), 0);
    cr_expect_eq(after.allocs - before.allocs, usage.allocs);
    cr_expect_eq(after.frees - before.frees, usage.frees);
    cr_expect_eq(usage.dropped, 0);
}

Test(region, failed_calls_are_not_allocations)
{
    volatile size_t impossible = SIZE_MAX;
    struct at_region *region = begin(AT_PROCESS);
    void *volatile block = malloc(10);
    cr_assert(malloc(impossible) == NULL);
    cr_assert(calloc(impossible, 2) == NULL);
    cr_assert(reallocarray(block, impossible, 2) == NULL);
    cr_assert(realloc(block, impossible) == NULL);
    free(block);
    struct at_usage usage = end(region);
    cr_expect_eq(usage.failed, 4);
    cr_expect_eq(usage.allocs, 1);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.live, 0, "a block whose realloc failed is still recorded");
    cr_expect_eq(usage.leaks, 0);
    cr_expect_eq(usage.unknown, 0);
}

Test(region, errno_does_not_change)
{
    volatile size_t impossible = SIZE_MAX;
    struct at_region *region = begin(AT_PROCESS);
    errno = EXDEV;
    void *block = malloc(10);
    free(block);
    int after_success = errno;
    block = malloc(impossible);
    int after_failure = errno;
    end(region);
    cr_assert_null(block);
    cr_expect_eq(after_success, EXDEV);
    cr_expect_eq(after_failure, ENOMEM);
}
