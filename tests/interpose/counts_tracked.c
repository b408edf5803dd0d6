/* SPDX-License-Identifier: MIT */
/*
 * A table of calls with us: prints, for each call, its name and what a region saw, and requires
 * that the thread's and the process's counters say the same. In C and in C++.
 */
#include "counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <alloc_tracker/alloc_tracker.h>

static void measure(const struct counted_call *counted)
{
    if (counted->prepare)
        counted->prepare();
    struct at_region *region;
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        abort();
    struct at_counters before = at_process_usage();
    counted->call();
    struct at_counters after = at_process_usage();
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

/* Each call in a process of its own, so that none warms up anything for the next. */
int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < n_counted_calls; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            measure(&counted_calls[i]);
            _exit(0);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
    }
    return 0;
}
