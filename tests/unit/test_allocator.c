/* SPDX-License-Identifier: MIT */
/* alloc_tracker/allocator.h: blocks of other allocators are counted once, with the caller's line.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "track/region.h"

static struct at_usage measure(void (*body)(void))
{
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(AT_THREAD, &region), AT_OK);
    struct at_counters before = at_thread_counters();
    body();
    struct at_counters after = at_thread_counters();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    cr_expect_eq(after.allocs - before.allocs, usage.allocs);
    cr_expect_eq(after.bytes - before.bytes, usage.bytes);
    cr_expect_eq(after.frees - before.frees, usage.frees);
    cr_expect_eq(after.failed - before.failed, usage.failed);
    at_region_free(region);
    return usage;
}

static __attribute__((noinline)) void use_pool(void)
{
    char *chunk = malloc(1000);
    at_note_alloc(chunk, 10); /* the block has the chunk's address */
    at_note_alloc(chunk + 16, 20);
    at_note_alloc(NULL, 5);
    at_note_free(chunk);
    at_note_free(NULL);
    free(chunk);
}

Test(allocator, chunk_and_blocks_of_a_pool_are_counted)
{
    struct at_usage usage = measure(use_pool);
    cr_expect_eq(usage.allocs, 3);
    cr_expect_eq(usage.bytes, 1030);
    cr_expect_eq(usage.frees, 2);
    cr_expect_eq(usage.failed, 1);
    cr_expect_eq(usage.leaks, 1, "the second block of the pool");
    cr_expect_eq(usage.live, 20);
    cr_expect_eq(usage.unknown, 0);
}

static void *inner_alloc(void *context, size_t size)
{
    ++*(int *) context;
    return malloc(size + 100);
}

static void *inner_realloc(void *context, void *block, size_t size)
{
    ++*(int *) context;
    return size > 5000 ? NULL : realloc(block, size + 100);
}

static void inner_free(void *context, void *block)
{
    ++*(int *) context;
    free(block);
}

static int n_inner;
static const struct at_allocator allocator = {
    .alloc = inner_alloc,
    .realloc = inner_realloc,
    .free = inner_free,
    .context = &n_inner,
};

static void use_allocator(void)
{
    void *block = at_allocator_alloc(&allocator, 10);
    void *grown = at_allocator_realloc(&allocator, block, 30);
    if (at_allocator_realloc(&allocator, grown, 6000) != NULL)
        abort();
    at_allocator_free(&allocator, grown);
    at_allocator_free(&allocator, NULL);
}

Test(allocator, a_wrapped_call_is_counted_once)
{
    struct at_usage usage = measure(use_allocator);
    cr_expect_eq(n_inner, 4);
    cr_expect_eq(usage.allocs, 2);
    cr_expect_eq(usage.reallocs, 1);
    cr_expect_eq(usage.bytes, 40);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.failed, 1);
    cr_expect_eq(usage.live, 0);
    cr_expect_eq(usage.leaks, 0);
}

Test(allocator, the_call_site_is_the_callers)
{
    struct at_region *region = NULL;
    at_region_begin(AT_THREAD, &region);
    use_pool();
    at_region_end(region);
    struct at_site site;
    cr_assert_eq(at_region_site(region, 1, &site), AT_OK);
    cr_expect_str_eq(site.function, "at_note_alloc");
    cr_expect_eq(site.count, 1);
    uintptr_t start = (uintptr_t) use_pool;
    cr_expect(site.frames[0] >= start && site.frames[0] < start + 512);
    at_region_free(region);
}

static struct at_region *begun;
static char pool[2][32];

static void *take_place(void *block)
{
    at_note_alloc(block, 10);
    return NULL;
}

/* While the realloc runs, another thread begins to track and gets the old block's address. */
static void *realloc_while_tracking_begins(void *context, void *block, size_t size)
{
    (void) context;
    (void) size;
    at_thread_arm(AT_STATE_TRACK);
    at_region_begin(AT_PROCESS, &begun);
    pthread_t thread;
    pthread_create(&thread, NULL, take_place, block);
    pthread_join(thread, NULL);
    return pool[1];
}

Test(allocator, tracking_that_begins_inside_a_realloc)
{
    struct at_allocator inner = { .realloc = realloc_while_tracking_begins };
    at_thread_disarm(AT_STATE_TRACK);
    void *block = at_allocator_realloc(&inner, pool[0], 20);
    at_region_end(begun);
    struct at_usage usage = at_region_usage(begun);
    at_region_free(begun);
    cr_assert_eq(block, pool[1]);
    cr_expect_eq(usage.allocs, 2);
    cr_expect_eq(usage.live, 30);
    cr_expect_eq(usage.leaks, 2, "the other thread's block is still recorded");
    cr_expect_eq(usage.unknown, 1, "the old block is of unknown size");
}
