/* SPDX-License-Identifier: MIT */
/* Helpers for tests of regions. */
#ifndef REGIONS_H
#define REGIONS_H

#include <pthread.h>

#include "alloc_tracker/criterion.h"
#include "track/region.h"

static inline struct at_region *begin(enum at_scope scope)
{
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(scope, &region), AT_OK);
    return region;
}

static inline struct at_usage end(struct at_region *region)
{
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    return usage;
}

/* Return what `function` returns, called in a thread that ends before this function does. */
static inline void *run_in_thread(void *(*function)(void *), void *arg)
{
    pthread_t thread;
    void *result = NULL;
    cr_assert_eq(pthread_create(&thread, NULL, function, arg), 0);
    pthread_join(thread, &result);
    return result;
}

#endif
