/* SPDX-License-Identifier: MIT */
/* See pages.h. */
#define _GNU_SOURCE
#include "base/pages.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, HUGE_PAGE = 2 << 20 };
enum {
    POPULATE_WRITE = 23
}; /* MADV_POPULATE_WRITE, which glibc 2.36 names and musl does not yet */

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

void at_pages_touch(void *pages, size_t size)
{
    uintptr_t start = (uintptr_t) pages & ~(uintptr_t) (PAGE - 1);
    size_t whole = ((uintptr_t) pages + size - start) & ~(size_t) (PAGE - 1);
    int saved = errno;
    if (size >= HUGE_PAGE)
        madvise((void *) start, whole, MADV_HUGEPAGE);
    madvise((void *) start, whole, POPULATE_WRITE);
    errno = saved;
}

void at_pages_free(void *pages, size_t size)
{
    if (!pages)
        return;
    int saved = errno;
    munmap(pages, size);
    errno = saved;
}
