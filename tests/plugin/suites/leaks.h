/* SPDX-License-Identifier: MIT */
/*
 * The message of a leak names the line that allocated the block, also if other code moved it.
 * HERE marks the lines; the numbers are in test_leaks.py. Compiled as C and as C++.
 */
#include <alloc_tracker/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { N_THREADS = 8, N_BLOCKS = 10000 };

static void *volatile kept;

static void release(void *block)
{
    free(block);
}

Test(leaks, freed_elsewhere, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    void *first = malloc(10); /* HERE freed_elsewhere */
    void *second = malloc(20);
    release(second);
    kept = first;
}

Test(leaks, grown, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    char *block = (char *) malloc(10);
    block = (char *) realloc(block, 100000);
    block = (char *) realloc(block, 200000); /* HERE grown */
    kept = block;
}

Test(leaks, grown_and_released, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    char *block = (char *) malloc(10);
    block = (char *) realloc(block, 100000);
    free(block);
}

static void *before;

static void make(void)
{
    before = malloc(10);
}

/* A block from before the test belongs to the test after a realloc in the test. */
Test(leaks, grown_from_before, .init = make, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    kept = realloc(before, 50); /* HERE grown_from_before */
}

Test(leaks, from_before_and_kept, .init = make, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    kept = before;
}

Test(leaks, aligned, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    void *block = NULL;
    cr_assert_eq(posix_memalign(&block, 64, 30), 0); /* HERE aligned */
    kept = block;
}

Test(leaks, through_libc, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    kept = strdup("lost"); /* HERE through_libc */
}

Test(leaks, at_the_edge, .data = cr_alloc_budget(.leaks = at_most(2)))
{
    for (int i = 0; i < 2; i++)
        kept = malloc(10);
}

Test(leaks, one_past_the_edge, .data = cr_alloc_budget(.leaks = at_most(2)))
{
    for (int i = 0; i < 3; i++)
        kept = malloc(10); /* HERE one_past_the_edge */
}

static void *blocks[N_THREADS][N_BLOCKS / N_THREADS];
static pthread_barrier_t all_made;

/* Allocate blocks, and release those of the next thread. */
static void *exchange(void *arg)
{
    size_t self = (size_t) (uintptr_t) arg;
    for (size_t i = 0; i < N_BLOCKS / N_THREADS; i++)
        blocks[self][i] = malloc(1 + (self * 7919 + i) % 500);
    pthread_barrier_wait(&all_made);
    size_t other = (self + 1) % N_THREADS;
    for (size_t i = 0; i < N_BLOCKS / N_THREADS; i++)
        if (blocks[other][i])
            free(blocks[other][i]);
    return NULL;
}

static void exchange_all(void)
{
    pthread_t threads[N_THREADS];
    pthread_barrier_init(&all_made, NULL, N_THREADS);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, exchange, (void *) (uintptr_t) i);
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* libc reuses the descriptors of threads that exited: these are live, but no leaks. */
Test(leaks, balanced_among_threads,
     .data = cr_alloc_budget(.leaks = at_exactly(0), .allocs = at_least(N_BLOCKS),
                             .frees = at_least(N_BLOCKS)))
{
    exchange_all();
}

static void *exchange_but_one(void *arg)
{
    size_t self = (size_t) (uintptr_t) arg;
    for (size_t i = 0; i < N_BLOCKS / N_THREADS; i++)
        blocks[self][i] = malloc(77); /* HERE one_of_ten_thousand */
    if (self == 3)
        blocks[3][141] = NULL; /* lost before it was released */
    pthread_barrier_wait(&all_made);
    for (size_t i = 0; i < N_BLOCKS / N_THREADS; i++)
        free(blocks[(self + 1) % N_THREADS][i]);
    return NULL;
}

Test(leaks, one_of_ten_thousand)
{
    pthread_t threads[N_THREADS];
    pthread_barrier_init(&all_made, NULL, N_THREADS);
    cr_alloc_scope(.leaks = at_most(0), .live = at_least(77))
    {
        for (size_t i = 0; i < N_THREADS; i++)
            pthread_create(&threads[i], NULL, exchange_but_one, (void *) (uintptr_t) i);
        for (size_t i = 0; i < N_THREADS; i++)
            pthread_join(threads[i], NULL);
    }
}
