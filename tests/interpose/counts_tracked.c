/* SPDX-License-Identifier: MIT */
/*
 * A table of calls with the library. Prints the name of each call and the usage of a region around
 * it. The counters of the thread and of the process must agree with the usage. Compiled as C and as
 * C++.
 */
#include "counts.h"

#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static void measure(const struct counted_call *counted)
{
    if (counted->prepare)
        counted->prepare();
    struct at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        abort();
    struct at_counters before = at_process_counters();
    counted->call();
    struct at_counters after = at_process_counters();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    if (after.allocs - before.allocs != usage.allocs || after.bytes - before.bytes != usage.bytes
        || after.frees - before.frees != usage.frees
        || after.reallocs - before.reallocs != usage.reallocs
        || after.failed - before.failed != usage.failed)
        abort();
    printf("%s %llu %llu %llu %llu %llu\n", counted->name, (unsigned long long) usage.allocs,
           (unsigned long long) usage.reallocs, (unsigned long long) usage.frees,
           (unsigned long long) usage.bytes, (unsigned long long) usage.dropped);
}

int main(void)
{
    return measure_counted_calls(measure);
}
