/* SPDX-License-Identifier: MIT */
/*
 * Tests that exceed a limit on peak or live. Each comment has the composition of the peak and of
 * the end, computed by hand. Blocks that are not in the composition are larger or more numerous, so
 * a list by total bytes would begin with them.
 */
#include <alloc_tracker/allocator.h>
#include <alloc_tracker/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

#include "peaks_library.h"

static void *volatile block;

static void churn(void)
{
    for (int i = 0; i < 1000; i++) {
        block = malloc(1024);
        free(block);
    }
}

static void *hold(void)
{
    return malloc(50000);
}

/* Peak: 50,000 of hold, 900 of the test. */
Test(sites, peak, .data = cr_alloc_budget(.peak = at_most(10000)))
{
    churn();
    void *held = hold();
    void *small = malloc(900);
    free(small);
    free(held);
    churn();
}

/* End: 50,000 of hold. */
Test(sites, live)
{
    void *held = NULL;
    cr_expect_alloc_budget((.live = at_most(100)), (churn(), held = hold()));
    free(held);
}

static void *cache[8];

static void fill(size_t size)
{
    for (size_t i = 0; i < 8; i++)
        cache[i] = malloc(size);
}

static void empty(void)
{
    for (size_t i = 0; i < 8; i++)
        free(cache[i]);
}

/* Peak: 8 * 300 of the second fill. */
Test(shapes, cache, .data = cr_alloc_budget(.peak = at_most(2399)))
{
    fill(200);
    empty();
    fill(300);
    empty();
    fill(100);
    empty();
}

static pthread_barrier_t barrier;

static void wait_for_turn(void)
{
    pthread_barrier_wait(&barrier);
}

static void *other_thread(void *arg)
{
    wait_for_turn();
    void *second = malloc(2000); /* 1,000 + 2,000 */
    wait_for_turn();
    wait_for_turn();
    void *fourth = malloc(4000); /* 2,000 + 3,000 + 4,000: the peak */
    free(second);
    wait_for_turn();
    wait_for_turn();
    free(fourth);
    return arg;
}

/* Peak: 4,000 and 2,000 of the other thread, 3,000 of this one. The thread has started before. */
Test(shapes, threads)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, other_thread, NULL);
    cr_expect_alloc_budget((.peak = at_most(8999)), do {
        void *first = malloc(1000);
        wait_for_turn();
        wait_for_turn();
        free(first);
        void *third = malloc(3000); /* 2,000 + 3,000 */
        wait_for_turn();
        wait_for_turn();
        free(third);
        void *fifth = malloc(1000);
        free(fifth);
    } while (0));
    wait_for_turn();
    pthread_join(thread, NULL);
}

static char *grow(char *bytes, size_t size)
{
    return static_cast<char *>(realloc(bytes, size));
}

/* Peak: 800 of the last realloc. The smaller blocks before it ended there. */
Test(shapes, realloc_growth, .data = cr_alloc_budget(.peak = at_most(799)))
{
    char *bytes = NULL;
    for (size_t size = 100; size <= 800; size *= 2)
        bytes = grow(bytes, size);
    free(bytes);
}

/* Peak: 700 in the library, 50 of the test. End: 0. */
Test(shapes, library, .data = cr_alloc_budget(.peak = at_most(749)))
{
    block = malloc(50);
    peaks_library_work();
    free(block);
}

static char arena[1000];

static void *arena_take(size_t offset, size_t size)
{
    at_note_alloc(&arena[offset], size);
    return &arena[offset];
}

static void arena_give(void *part)
{
    at_note_free(part);
}

/* Peak: 600 and 300 of the arena. End: 300. */
Test(shapes, arena, .data = cr_alloc_budget(.peak = at_most(899), .live = at_most(299)))
{
    void *before = arena_take(0, 500);
    arena_give(before);
    void *first = arena_take(0, 600);
    arena_take(600, 300);
    arena_give(first);
}

/* Peak: the old and the new elements of the vector, 4,000 + 8,000. End: 0. */
Test(shapes, container, .data = cr_alloc_budget(.peak = at_most(11999)))
{
    std::vector<char> bytes(4000);
    bytes.resize(8000);
    bytes = std::vector<char>();
    churn();
}

static void *first_peak(void)
{
    return malloc(700);
}

static void *second_peak(void)
{
    return malloc(700);
}

/* Peak: 700 of first_peak. That of second_peak is as high, but later. */
Test(shapes, reached_twice, .data = cr_alloc_budget(.peak = at_most(699)))
{
    free(first_peak());
    free(second_peak());
}

static char *from_before;

static void allocate_before(void)
{
    from_before = static_cast<char *>(malloc(100));
}

static void release_after(void)
{
    free(from_before);
}

/* Peak: 5,000 of the realloc, minus the 100 of the fixture. End: the same and 40. */
Test(shapes, grows_from_before, .init = allocate_before, .fini = release_after,
     .data = cr_alloc_budget(.peak = at_most(4899), .live = at_most(4939)))
{
    from_before = grow(from_before, 5000);
    block = malloc(40);
}

/* Peak: 10. The end: 10 minus the 100 of the fixture. */
Test(shapes, released_from_before, .init = allocate_before,
     .data = cr_alloc_budget(.peak = at_most(9), .live = at_least(0)))
{
    block = malloc(10);
    free(from_before);
}

/* Peak: 300. The permitted block is larger. */
Test(shapes, permitted, .data = cr_alloc_budget(.peak = at_most(299)))
{
    void *permitted = NULL;
    cr_permit_alloc
    {
        permitted = malloc(9000);
    }
    block = malloc(300);
    free(permitted);
    free(block);
}

static void *third_party(void)
{
    return malloc(9000);
}

/* Peak: 300. The suppressed block is larger. */
Test(shapes, suppressed, .data = cr_alloc_budget(.peak = at_most(299)))
{
    void *suppressed = third_party();
    block = malloc(300);
    free(suppressed);
    free(block);
}

static void *thread_block;

static void *allocate_in_thread(void *arg)
{
    thread_block = malloc(30);
    return arg;
}

/* Peak: 60 and 40 of this thread, minus the 30 of the other one. */
Test(shapes, thread_scope, .data = cr_alloc_budget(.peak = at_most(69), .scope = AT_THREAD))
{
    pthread_t thread;
    cr_permit_alloc
    {
        pthread_create(&thread, NULL, allocate_in_thread, NULL);
    }
    pthread_join(thread, NULL);
    free(thread_block);
    void *first = malloc(60);
    void *second = malloc(40);
    free(first);
    free(second);
}

/* Peak: 1,000 from before the budget was set, 500 after it. */
Test(shapes, budget_set_later)
{
    void *early = malloc(1000);
    cr_set_alloc_budget(.peak = at_most(1499), .live = at_most(-1));
    void *later = malloc(500);
    free(later);
    free(early);
}
