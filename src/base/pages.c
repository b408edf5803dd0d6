/* SPDX-License-Identifier: MIT */
/* See pages.h. */
#define _GNU_SOURCE
#include "base/pages.h"

#include <errno.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static void *map_pages(size_t size, int flags)
{
    int saved = errno;
    void *pages =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    errno = saved;
    return pages == MAP_FAILED ? NULL : pages;
}

void *at_pages_new(size_t size)
{
    return map_pages(size, 0);
}

void *at_pages_new_touched(size_t size)
{
    return map_pages(size, MAP_POPULATE);
}

void *at_pages_reserve(size_t size)
{
    return map_pages(size, MAP_NORESERVE);
}

void *at_pages_new_front(size_t size, size_t front)
{
    char *pages = at_pages_new(size);
    front &= ~(size_t) (PAGE - 1);
    if (!pages || front == 0)
        return pages;
    int saved = errno;
    void *touched = mmap(pages, front, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
    errno = saved;
    if (touched != MAP_FAILED)
        return pages;
    at_pages_free(pages, size); /* the failed call may have unmapped the front */
    return NULL;
}

void at_pages_free(void *pages, size_t size)
{
    if (!pages)
        return;
    int saved = errno;
    munmap(pages, size);
    errno = saved;
}
