/* SPDX-License-Identifier: MIT */
/*
 * Stacks whose inner frames are new and whose outer frames are known: tails DEPTH N. There are
 * DEPTH outer frames. Each of N allocations has twelve inner frames of two functions, chosen by the
 * bits of its number. That makes 4,096 stacks, more than a thread's cache has. Prints the usage of
 * a region.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alloc_tracker/alloc_tracker.h"

#define NOINLINE __attribute__((noinline))
#define AFTER_CALL() __asm__ volatile("" ::: "memory") /* no tail call */

enum { CHOICES = 12 };

static NOINLINE void choose(unsigned number, int left);

static NOINLINE void other(unsigned number, int left)
{
    choose(number, left);
    AFTER_CALL();
}

static NOINLINE void choose(unsigned number, int left)
{
    if (left == 0)
        free(malloc(64));
    else if (number & 1)
        other(number >> 1, left - 1);
    else
        choose(number >> 1, left - 1);
    AFTER_CALL();
}

static NOINLINE void stay(int depth, unsigned n)
{
    if (depth > 0)
        stay(depth - 1, n);
    for (unsigned i = 0; depth == 0 && i < n; i++)
        choose(i * 2654435761u >> 8, CHOICES);
    AFTER_CALL();
}

int main(int argc, char **argv)
{
    struct at_region *region;
    if (argc != 3 || at_region_begin(AT_PROCESS, &region) != AT_OK)
        return 1;
    stay(atoi(argv[1]), (unsigned) atoi(argv[2]));
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    printf("%llu %llu\n", (unsigned long long) usage.allocs, (unsigned long long) usage.dropped);
    at_region_free(region);
    return 0;
}
