// SPDX-License-Identifier: MIT
/* bytehound #124, jemalloc #2472: a preloaded mmap that allocates before it calls the next one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef void *map_function(void *where, size_t size, int protection, int flags, int fd,
                           off_t offset);

void *mmap(void *where, size_t size, int protection, int flags, int fd, off_t offset)
{
    static map_function *next;
    if (!next)
        next = (map_function *) dlsym(RTLD_NEXT, "mmap");
    free(malloc(10));
    return next(where, size, protection, flags, fd, offset);
}
