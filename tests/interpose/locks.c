/* SPDX-License-Identifier: MIT */
/*
 * Make N calls of one kind in an open region: locks KIND N. The test counts how often each call
 * takes the tracker's lock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/region.h"

enum { MAX_BLOCKS = 2000 };

static void *volatile blocks[MAX_BLOCKS];

static void allocate(int n)
{
    for (int i = 0; i < n; i++)
        blocks[i] = malloc(64);
}

static void release(int n)
{
    for (int i = 0; i < n; i++)
        free(blocks[i]);
}

static void grow(int n)
{
    for (int i = 0; i < n; i++)
        blocks[i] = realloc(blocks[i], 100);
}

int main(int argc, char **argv)
{
    int n = argc == 3 ? atoi(argv[2]) : -1;
    if (n < 0 || n > MAX_BLOCKS)
        return 1;
    const char *kind = argv[1];
    bool early = strcmp(kind, "free-unrecorded") == 0;
    struct at_region_options options = {
        .scope = AT_PROCESS,
        .sites = true,
        .free_sites = strcmp(kind, "free-stacks") == 0,
    };
    struct at_region *region = NULL;
    if (early)
        allocate(MAX_BLOCKS);
    if (at_region_open(&options, &region) != AT_OK)
        return 1;
    if (!early)
        allocate(strcmp(kind, "malloc") == 0 ? n : MAX_BLOCKS);
    if (strncmp(kind, "free", 4) == 0)
        release(n);
    if (strcmp(kind, "realloc") == 0)
        grow(n);
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    printf("%llu %llu %llu\n", (unsigned long long) usage.allocs, (unsigned long long) usage.frees,
           (unsigned long long) usage.unknown);
    return 0;
}
