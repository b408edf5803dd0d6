/* SPDX-License-Identifier: MIT */
/* See compose.h. */
#include "interpose/compose.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"

static size_t page_size(void)
{
    return (size_t) sysconf(_SC_PAGESIZE);
}

static void *composed_calloc(size_t n, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = at_underlying.malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

static void *composed_aligned_alloc(size_t alignment, size_t size)
{
    return at_underlying.memalign(alignment, size);
}

static void *composed_memalign(size_t alignment, size_t size)
{
    return at_underlying.aligned_alloc(alignment, size);
}

static int composed_posix_memalign(void **block, size_t alignment, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int saved = errno;
    void *fresh = at_underlying.memalign(alignment, size);
    errno = saved;
    if (!fresh)
        return ENOMEM;
    *block = fresh;
    return 0;
}

static void *composed_valloc(size_t size)
{
    return at_underlying.memalign(page_size(), size);
}

static void *composed_pvalloc(size_t size)
{
    size_t mask = page_size() - 1;
    if (size > PTRDIFF_MAX - mask) {
        errno = ENOMEM;
        return NULL;
    }
    return at_underlying.memalign(mask + 1, (size + mask) & ~mask);
}

static void composed_free_sized(void *block, size_t size)
{
    (void) size;
    at_underlying.free(block);
}

static void composed_free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void) alignment;
    (void) size;
    at_underlying.free(block);
}

/* Remove the functions that call another one by name, which would count twice. musl's calloc calls
   malloc; its memalign, posix_memalign and valloc call aligned_alloc. */
static void remove_calling_by_name(struct at_underlying *allocator)
{
#ifdef __GLIBC__
    (void) allocator;
#else
    allocator->calloc = NULL;
    allocator->memalign = NULL;
    allocator->posix_memalign = NULL;
    allocator->valloc = NULL;
#endif
}

bool at_compose(struct at_underlying *allocator)
{
    remove_calling_by_name(allocator);
    if (!allocator->malloc || !allocator->free || !allocator->realloc
        || (!allocator->aligned_alloc && !allocator->memalign))
        return false;
    if (!allocator->calloc)
        allocator->calloc = composed_calloc;
    if (!allocator->aligned_alloc)
        allocator->aligned_alloc = composed_aligned_alloc;
    if (!allocator->memalign)
        allocator->memalign = composed_memalign;
    if (!allocator->posix_memalign)
        allocator->posix_memalign = composed_posix_memalign;
    if (!allocator->valloc)
        allocator->valloc = composed_valloc;
    if (!allocator->pvalloc)
        allocator->pvalloc = composed_pvalloc;
    if (!allocator->free_sized)
        allocator->free_sized = composed_free_sized;
    if (!allocator->free_aligned_sized)
        allocator->free_aligned_sized = composed_free_aligned_sized;
    return true;
}
