/* SPDX-License-Identifier: MIT */
/* The composition of the peak and of the end, by call site, in shapes whose parts were computed by
   hand. In each table: the function, its blocks at the peak, its blocks at the end. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/allocator.h"
#include "alloc_tracker/permit.h"
#include "alloc_tracker/suppress.h"
#include "composition.h"

NOT_INLINED void *churn(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *hold(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *small(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *grow(void *block, size_t n)
{
    RETURN_BLOCK(realloc(block, n));
}

static void churn_often(void)
{
    for (volatile int i = 0; i < 1000; i++)
        free(churn(1024));
}

Test(composition, blocks_released_at_once_have_no_part)
{
    struct at_region *region = begin(AT_PROCESS);
    churn_often();
    void *held = hold(50000);
    free(small(900));
    free(held);
    churn_often();
    held = hold(100);
    EXPECT_COMPOSITION(region, { "hold", { 1, 50000 }, { 1, 100 } },
                       { "small", { 1, 900 }, { 0, 0 } }, { "churn", { 0, 0 }, { 0, 0 } });
    at_region_free(region);
    free(held);
}

/* Ten entries of 10, 20, ... 100 bytes, of which the second half is dropped again. */
Test(composition, a_cache_that_fills_and_empties)
{
    void *entries[10];
    struct at_region *region = begin(AT_PROCESS);
    void *table = hold(80);
    for (volatile size_t i = 0; i < 10; i++)
        entries[i] = small(10 * (i + 1));
    for (volatile size_t i = 5; i < 10; i++)
        free(entries[i]);
    free(churn(300));
    EXPECT_COMPOSITION(region, { "hold", { 1, 80 }, { 1, 80 } },
                       { "small", { 10, 550 }, { 5, 150 } });
    at_region_free(region);
    for (size_t i = 0; i < 5; i++)
        free(entries[i]);
    free(table);
}

static pthread_barrier_t turn;

NOT_INLINED void *first_thread(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

NOT_INLINED void *second_thread(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

struct side {
    void *(*allocate)(size_t n);
    size_t sizes[3];
    int first_turn;
    void *block;
};

/* In each second turn, replace the block by the next one. */
static void *alternate(void *arg)
{
    struct side *side = arg;
    for (int i = -1; i < 7; i++) {
        if (i >= 0 && i < 6 && i % 2 == side->first_turn) {
            free(side->block);
            side->block = side->allocate(side->sizes[i / 2]);
        }
        pthread_barrier_wait(&turn);
    }
    return NULL;
}

/* live is 100, 250, 450, 500 (the peak), 450, 490. */
Test(composition, two_threads_with_alternating_peaks)
{
    struct side sides[2] = { { first_thread, { 100, 300, 250 }, 0, NULL },
                             { second_thread, { 150, 200, 240 }, 1, NULL } };
    pthread_t threads[2];
    pthread_barrier_init(&turn, NULL, 3);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, alternate, &sides[i]);
    struct at_region *region = begin(AT_PROCESS);
    for (int i = 0; i < 7; i++)
        pthread_barrier_wait(&turn);
    at_region_end(region);
    pthread_barrier_wait(&turn);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(region->usage.peak, 500);
    EXPECT_COMPOSITION(region, { "first_thread", { 1, 300 }, { 1, 250 } },
                       { "second_thread", { 1, 200 }, { 1, 240 } });
    at_region_free(region);
    free(sides[0].block);
    free(sides[1].block);
}

/* The old and the new block of a realloc are never live at the same moment. */
Test(composition, realloc_growth)
{
    struct at_region *region = begin(AT_PROCESS);
    void *block = hold(100);
    for (volatile size_t n = 200; n <= 1600; n *= 2)
        block = grow(block, n);
    void *other = small(50);
    block = grow(block, 30);
    EXPECT_COMPOSITION(region, { "hold", { 0, 0 }, { 0, 0 } }, { "grow", { 1, 1600 }, { 1, 30 } },
                       { "small", { 1, 50 }, { 1, 50 } });
    cr_expect_eq(region->usage.peak, 1650);
    at_region_free(region);
    free(block);
    free(other);
}

void *library_table(size_t n);
void *library_entry(size_t n);

Test(composition, a_peak_in_a_library)
{
    struct at_region *region = begin(AT_PROCESS);
    void *mine = hold(10);
    void *table = library_table(4000);
    void *entry = library_entry(96);
    free(table);
    free(entry);
    table = library_table(100);
    EXPECT_COMPOSITION(region, { "library_table", { 1, 4000 }, { 1, 100 } },
                       { "library_entry", { 1, 96 }, { 0, 0 } }, { "hold", { 1, 10 }, { 1, 10 } });
    at_region_free(region);
    free(mine);
    free(table);
}

NOT_INLINED void *take_from_arena(char *arena, size_t offset, size_t n)
{
    at_note_alloc(arena + offset, n);
    RETURN_BLOCK(arena + offset);
}

Test(composition, an_arena)
{
    static char arena[4096];
    struct at_region *region = begin(AT_PROCESS);
    void *first = take_from_arena(arena, 0, 100);
    void *second = take_from_arena(arena, 128, 200);
    at_note_free(first);
    void *third = take_from_arena(arena, 512, 1000);
    at_note_free(second);
    at_note_free(third);
    first = take_from_arena(arena, 0, 64);
    EXPECT_COMPOSITION(region, { "take_from_arena", { 2, 1200 }, { 1, 64 } });
    at_region_free(region);
    at_note_free(first);
}

void fill_vector(int n);
void empty_vector(void);
void fill_string(int n);

/* A vector of 4-byte numbers grows from 512 to 1024 elements while it has both blocks. */
Test(composition, a_container)
{
    struct at_region *region = begin(AT_PROCESS);
    fill_vector(1000);
    EXPECT_COMPOSITION(region, { "fill_vector", { 2, 2048 + 4096 }, { 1, 4096 } });
    at_region_free(region);
    region = begin(AT_PROCESS);
    fill_string(99);
    empty_vector();
    EXPECT_COMPOSITION(region, { "fill_string", { 1, 100 }, { 1, 100 } });
    cr_expect_eq(at_region_before_at_peak(region), 0);
    cr_expect_eq(at_region_before_at_end(region), -4096);
    at_region_free(region);
}

Test(composition, a_peak_reached_twice_is_that_of_the_first_time)
{
    struct at_region *region = begin(AT_PROCESS);
    free(hold(100));
    void *later = small(60);
    void *last = churn(40);
    void *empty = grow(NULL, 0);
    EXPECT_COMPOSITION(region, { "hold", { 1, 100 }, { 0, 0 } }, { "small", { 0, 0 }, { 1, 60 } },
                       { "churn", { 0, 0 }, { 1, 40 } }, { "grow", { 0, 0 }, { 1, 0 } });
    at_region_free(region);
    free(later);
    free(last);
    free(empty);
}

/* The block has 100 bytes of before the region, which the peak does not contain. */
Test(composition, a_block_from_before_that_grows)
{
    void *block = hold(100), *other = hold(30);
    struct at_region *region = begin(AT_PROCESS);
    block = grow(block, 5000);
    free(other);
    EXPECT_COMPOSITION(region, { "grow", { 1, 5000 }, { 1, 5000 } });
    cr_expect_eq(region->usage.peak, 4900);
    cr_expect_eq(at_region_before_at_peak(region), -100);
    cr_expect_eq(at_region_before_at_end(region), -130);
    at_region_free(region);
    free(block);
}

Test(composition, a_region_that_only_releases_has_an_empty_peak)
{
    void *block = hold(100);
    struct at_region *region = begin(AT_PROCESS);
    free(block);
    block = small(40);
    EXPECT_COMPOSITION(region, { "small", { 0, 0 }, { 1, 40 } });
    cr_expect_eq(region->usage.peak, 0);
    cr_expect_eq(at_region_before_at_peak(region), 0);
    cr_expect_eq(at_region_before_at_end(region), -100);
    at_region_free(region);
    free(block);
}

/* A permitted block that is released outside the permit changes nothing either. */
Test(composition, permits)
{
    struct at_permit permit;
    struct at_region *region = begin(AT_PROCESS);
    void *mine = hold(10);
    at_permit_begin(&permit);
    void *permitted = churn(7000);
    void *grown = grow(hold(20), 9000);
    at_permit_end(&permit);
    void *counted = small(30);
    free(permitted);
    grown = grow(grown, 15);
    EXPECT_COMPOSITION(region, { "hold", { 1, 10 }, { 1, 10 } }, { "small", { 1, 30 }, { 1, 30 } },
                       { "grow", { 1, 15 }, { 1, 15 } });
    cr_expect_eq(region->usage.permitted, 3);
    at_region_free(region);
    free(mine);
    free(counted);
    free(grown);
}

NOT_INLINED void *vendor_block(size_t n)
{
    RETURN_BLOCK(malloc(n));
}

Test(composition, suppressions)
{
    cr_assert_eq(at_suppress("function:vendor_block"), AT_OK);
    struct at_region *region = begin(AT_PROCESS);
    void *mine = hold(10);
    void *theirs = vendor_block(8000);
    theirs = grow(theirs, 500);
    free(vendor_block(100));
    EXPECT_COMPOSITION(region, { "hold", { 1, 10 }, { 1, 10 } },
                       { "grow", { 1, 500 }, { 1, 500 } });
    cr_expect_eq(region->usage.permitted, 2);
    at_region_free(region);
    free(mine);
    free(theirs);
}
