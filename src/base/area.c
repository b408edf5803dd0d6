/* SPDX-License-Identifier: MIT */
/* See area.h. The first word of an area is the number of appended bytes. */
#define _GNU_SOURCE
#include "base/area.h"

#include <errno.h>
#include <sys/mman.h>

enum { FIRST_MAPPED = 1 << 20, ALIGNMENT = 64 };

static uint64_t *used_get(const struct at_area *area)
{
    return (uint64_t *) (void *) area->start;
}

bool at_area_map(struct at_area *area, int fd, uint64_t offset, size_t capacity)
{
    size_t size = capacity < FIRST_MAPPED ? capacity : FIRST_MAPPED;
    void *start =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, (off_t) offset);
    if (start == MAP_FAILED)
        return false;
    *area = (struct at_area){
        .start = start,
        .mapped = size,
        .capacity = capacity,
        .offset = offset,
    };
    return true;
}

static bool map_more(struct at_area *area, uint64_t end)
{
    size_t size = area->mapped;
    while (size < end)
        size *= 2;
    size = size < area->capacity ? size : area->capacity;
    int saved = errno;
    void *start = mremap(area->start, area->mapped, size, MREMAP_MAYMOVE);
    errno = saved;
    if (start == MAP_FAILED)
        return false;
    area->start = start;
    area->mapped = size;
    return true;
}

void *at_area_take(struct at_area *area, size_t size, uint64_t *where)
{
    if (!area->start || size > area->capacity)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
    uint64_t position = __atomic_fetch_add(used_get(area), size, __ATOMIC_RELAXED) + AT_AREA_HEAD;
    uint64_t end = position + size;
    if (end > area->capacity || (end > area->mapped && !map_more(area, end))) {
        __atomic_fetch_sub(used_get(area), size, __ATOMIC_RELAXED);
        return NULL;
    }
    *where = area->offset + position;
    return area->start + position;
}
