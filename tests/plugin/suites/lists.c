/* SPDX-License-Identifier: MIT */
/* Tests that exceed limits on one or several metrics. Each comment has the lists of the message. */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>

static void *kept[64];
static size_t n_kept;

static void take(size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        kept[n_kept++] = malloc(size);
}

static void give(void)
{
    while (n_kept > 0)
        free(kept[--n_kept]);
}

static void resize(void **block, size_t size)
{
    *block = realloc(*block, size);
}

/* By number: 5 of 10 bytes, 2 of 0 bytes, 1 of 1,000 bytes. */
Test(lists, allocs, .data = cr_alloc_budget(.allocs = at_most(7)))
{
    take(1, 1000);
    take(5, 10);
    take(2, 0);
    give();
}

/* By bytes: 1,000, then 50. The blocks of 0 bytes have no part. */
Test(lists, bytes, .data = cr_alloc_budget(.bytes = at_most(1049)))
{
    take(5, 10);
    take(2, 0);
    take(1, 1000);
    give();
}

/* One list, by number: 3 blocks of 200 bytes, then 1 of 100. */
Test(lists, allocs_and_bytes, .data = cr_alloc_budget(.allocs = at_most(3), .bytes = at_most(600)))
{
    take(1, 100);
    take(3, 200);
    give();
}

/* Two lists: the ten call sites with most allocations are not the ten with most bytes. */
Test(lists, allocs_and_bytes_cut,
     .data = cr_alloc_budget(.allocs = at_most(24), .bytes = at_most(0)))
{
    take(2, 1);
    take(2, 2);
    take(2, 3);
    take(2, 4);
    take(2, 5);
    take(2, 6);
    take(2, 7);
    take(2, 8);
    take(2, 9);
    take(2, 10);
    take(1, 100);
    take(1, 200);
    take(1, 300);
    take(1, 400);
    take(1, 500);
    give();
}

/* Two blocks are reallocated at the first call site, which also allocates one of them, and one
   block at the second. */
Test(lists, reallocs, .data = cr_alloc_budget(.reallocs = at_most(1)))
{
    void *block = NULL;
    take(4, 8);
    for (int i = 0; i < 3; i++)
        resize(&block, 10);
    resize(&block, 500);
    free(block);
    give();
}

/* Eleven call sites. The last one in the list reallocates once and allocates once. */
Test(lists, reallocs_cut, .data = cr_alloc_budget(.reallocs = at_most(1)))
{
    void *block = NULL;
    for (int i = 0; i < 2; i++) {
        resize(&block, 10);
        resize(&block, 20);
        resize(&block, 30);
        resize(&block, 40);
        resize(&block, 50);
        resize(&block, 60);
        resize(&block, 70);
        resize(&block, 80);
        resize(&block, 90);
        resize(&block, 100);
        resize(&block, 110);
    }
    free(block);
}

/* One list: that of the allocations has the reallocations. */
Test(lists, allocs_and_reallocs,
     .data = cr_alloc_budget(.allocs = at_most(1), .reallocs = at_most(0)))
{
    void *block = NULL;
    take(4, 8);
    resize(&block, 10);
    resize(&block, 20);
    free(block);
    give();
}

/* Peak: 5,000, then 100 and 300 together. End: 100 and 300. Leaks: the same, so no list. */
Test(lists, peak_live_leaks,
     .data = cr_alloc_budget(.peak = at_most(0), .live = at_most(0), .leaks = at_most(1)))
{
    void *large = malloc(5000);
    for (size_t i = 0; i < 2; i++)
        kept[i] = malloc(100 + 200 * i);
    free(large);
}

/* End: 20 bytes less the 7 of the block from before. Leaks: the same 20 bytes, so no list. */
Test(lists, live_and_leaks)
{
    void *before = malloc(7);
    cr_expect_alloc_budget((.live = at_most(0), .leaks = at_most(0)), {
        free(before);
        take(2, 10);
    });
    give();
}

/* The assertion is at the largest leak, not at the first. */
Test(lists, leaks, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    take(3, 10);
    kept[3] = malloc(50);
}

/* Too few of each metric. Only the metrics that are not 0 have call sites. */
Test(lists, at_least,
     .data = cr_alloc_budget(.allocs = at_least(3), .frees = at_least(3), .live = at_least(1),
                             .peak = at_least(21), .reallocs = at_least(1)))
{
    take(2, 10);
    give();
}

/* The call sites of releases are recorded from the call of cr_set_alloc_budget() on. */
Test(lists, frees_of_budget_set_later)
{
    take(3, 10);
    free(kept[--n_kept]);
    cr_set_alloc_budget(.frees = at_most(1));
    give();
}
