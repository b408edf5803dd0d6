/* SPDX-License-Identifier: MIT */
/* See pages.h. */
#define _GNU_SOURCE
#include "base/pages.h"

#include <errno.h>
#include <sys/mman.h>

static void *map(size_t size, int flags)
{
    int saved = errno;
    void *pages =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    errno = saved;
    return pages == MAP_FAILED ? NULL : pages;
}

void *at_pages_new(size_t size)
{
    return map(size, 0);
}

void *at_pages_reserve(size_t size)
{
    return map(size, MAP_NORESERVE);
}

void at_pages_free(void *pages, size_t size)
{
    if (!pages)
        return;
    int saved = errno;
    munmap(pages, size);
    errno = saved;
}
