/* SPDX-License-Identifier: MIT */
/*
 * guard/failure.h: which allocation fails, the result of each function of the malloc family, and
 * which allocations never fail.
 */
#include <alloc_tracker/failure.h>

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/allocator.h>
#include <alloc_tracker/region.h>
#include <criterion/criterion.h>
#include <criterion/logging.h>

#include "track/thread.h"

static void *volatile kept;

static bool gets(size_t size)
{
    kept = malloc(size);
    bool got = kept;
    free(kept);
    return got;
}

Test(failure, one_allocation_fails)
{
    at_fail_after(2);
    bool first = gets(1);
    bool second = gets(2);
    bool third = gets(3);
    bool fourth = gets(4);
    struct at_failure failure = at_fail_end();
    cr_assert(first && second && !third && fourth);
    cr_assert_eq(failure.allocs, 4u);
    cr_assert_eq(failure.failed, 1u);
    cr_assert_eq(failure.unfailable, 0u);
}

Test(failure, all_later_allocations_fail)
{
    at_fail_from(1);
    bool first = gets(1);
    bool second = gets(2);
    bool third = gets(3);
    struct at_failure failure = at_fail_end();
    bool after = gets(4);
    cr_assert(first && !second && !third && after);
    cr_assert_eq(failure.allocs, 3u);
    cr_assert_eq(failure.failed, 2u);
}

Test(failure, an_end_without_a_beginning_returns_zero)
{
    struct at_failure failure = at_fail_end();
    cr_assert_eq(failure.allocs, 0u);
    at_fail_after(0);
    at_fail_end();
    cr_assert(gets(1));
}

/* Each function of the malloc family, also with a large request, returns its error and ENOMEM. */
Test(failure, each_function_of_the_family_fails)
{
    void *old = malloc(10);
    memset(old, 7, 10);
    kept = old;
    void *results[9];
    int errors[9];
    void *aligned = &aligned;
    at_fail_from(0);
#define TRY(Index, Call)                                                                           \
    errno = 0;                                                                                     \
    results[Index] = (Call);                                                                       \
    __asm__ volatile("" ::: "memory"); /* clang assumes that memalign does not set errno */        \
    errors[Index] = errno
    TRY(0, malloc(1));
    TRY(1, calloc(2, 3));
    TRY(2, realloc(kept, 1000));
    TRY(3, realloc(NULL, 1000));
    TRY(4, reallocarray(kept, 100, 10));
    TRY(5, aligned_alloc(64, 128));
    TRY(6, memalign(64, 128));
    TRY(7, malloc(1 << 20));
    TRY(8, strdup("text"));
    int status = posix_memalign(&aligned, 64, 128);
    struct at_failure failure = at_fail_end();
    for (int i = 0; i < 9; i++) {
        cr_assert_null(results[i], "call %d", i);
        cr_assert_eq(errors[i], ENOMEM, "call %d", i);
    }
    cr_assert_eq(status, ENOMEM);
    cr_assert_eq(aligned, &aligned);
    cr_assert_eq(failure.failed, 10u);
    cr_assert_eq(((char *) kept)[9], 7, "a failed realloc does not change the block");
    free(kept);
}

/* realloc(p, 0), releases and overflows are not allocations. */
Test(failure, other_calls_are_not_counted)
{
    kept = malloc(10);
    at_fail_after(0);
    kept = realloc(kept, 0);
    free(NULL);
    volatile size_t huge = (size_t) 1 << 40;
    kept = calloc(huge, huge);
    struct at_failure failure = at_fail_end();
    cr_assert_null(kept);
    cr_assert_eq(failure.allocs, 0u);
    cr_assert_eq(failure.failed, 0u);
}

Test(failure, a_region_counts_the_failure)
{
    struct at_region *region;
    cr_assert_eq(at_region_begin(AT_THREAD, &region), AT_OK);
    void *old = malloc(10);
    at_fail_from(0);
    kept = realloc(old, 20);
    kept = malloc(20);
    at_fail_end();
    free(old);
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    cr_assert_eq(usage.failed, 2u);
    cr_assert_eq(usage.allocs, 1u);
    cr_assert_eq(usage.live, 0);
    cr_assert_eq(usage.unknown, 0u);
}

static void *allocate(void *arg)
{
    *(bool *) arg = gets(8);
    return NULL;
}

Test(failure, other_threads_do_not_fail)
{
    bool got = false;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, allocate, &got), 0);
    pthread_join(thread, NULL); /* libc uses its descriptor for the next thread */
    at_fail_from(0);
    int status = pthread_create(&thread, NULL, allocate, &got);
    if (status == 0)
        pthread_join(thread, NULL);
    struct at_failure failure = at_fail_end();
    cr_assert_eq(status, 0);
    cr_assert(got);
    cr_assert_eq(failure.failed, 0u);
}

/* Criterion's assertions work while the test's allocations fail. */
Test(failure, criterion_does_not_fail)
{
    at_fail_from(0);
    bool got = gets(1);
    cr_expect(!got);
    cr_log_info("a message that takes memory: %d", 1);
    struct at_failure failure = at_fail_end();
    cr_assert_eq(failure.failed, 1u);
}

Test(failure, a_second_plan_works)
{
    at_fail_after(0);
    bool first = gets(1);
    at_fail_end();
    at_fail_after(0);
    bool second = gets(2);
    struct at_failure failure = at_fail_end();
    cr_assert(!first && !second);
    cr_assert_eq(failure.failed, 1u);
}

/* Allocations of the plugin, and noted blocks, which exist already, do not fail. */
Test(failure, own_and_noted_allocations_do_not_fail)
{
    static char pool[8];
    at_fail_from(0);
    at_suspend();
    bool own = gets(1);
    at_resume();
    at_note_alloc(pool, sizeof pool);
    struct at_failure failure = at_fail_end();
    at_note_free(pool);
    cr_assert(own);
    cr_assert_eq(failure.allocs, 0u);
    cr_assert_eq(failure.failed, 0u);
}
