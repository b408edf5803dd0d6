/* SPDX-License-Identifier: MIT */
/* See test_changed.py: `changed_program CHANGE` makes the change, allocates, and ends. With REGIONS
   it measures the allocation itself. */
#include "changes.h"

#include <stdio.h>

#ifdef REGIONS
#include <alloc_tracker/alloc_tracker.h>
#endif

static void *volatile kept;

static int change_descriptors(void)
{
    return close_range(3, ~0U, 0);
}

static int change_all_descriptors(void)
{
    return close_range(0, ~0U, 0);
}

#define ENTRY(name) { #name, change_##name },
static const struct {
    const char *name;
    int (*change)(void);
} changes[] = { CHANGES(ENTRY) ENTRY(descriptors) ENTRY(all_descriptors) };

static int measure(void)
{
#ifdef REGIONS
    struct at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        return 3;
    kept = malloc(77);
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    int result = usage.allocs == 1 && usage.bytes == 77 && at_region_n_sites(region) == 1 ? 0 : 4;
    at_region_free(region);
    return result;
#else
    kept = malloc(77);
    return 0;
#endif
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof changes / sizeof changes[0]; i++) {
        if (strcmp(changes[i].name, argv[1]) != 0)
            continue;
        int result = changes[i].change();
        if (result)
            return result == CHANGE_IMPOSSIBLE ? result : 5;
        result = measure();
        return n_signals ? 6 : result;
    }
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        puts(changes[i].name);
    return 0;
}
