/* SPDX-License-Identifier: MIT */
/*
 * An object to preload before alloc_tracker. It opens a region for the whole program, and at the
 * end appends "allocs frees dropped" to the file that AT_TRACK_ALL names. The loader runs the
 * constructors of preloaded objects from the last to the first, so alloc_tracker starts before this
 * object.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc_tracker/alloc_tracker.h"

static struct at_region *region;
static pid_t owner;

static __attribute__((constructor)) void begin(void)
{
    owner = getpid();
    if (at_region_begin(AT_PROCESS, &region) != AT_OK)
        abort();
}

static __attribute__((destructor)) void end(void)
{
    const char *path = getenv("AT_TRACK_ALL");
    if (!path || getpid() != owner)
        return;
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    dprintf(fd, "%llu %llu %llu\n", (unsigned long long) usage.allocs,
            (unsigned long long) usage.frees, (unsigned long long) usage.dropped);
    close(fd);
}
