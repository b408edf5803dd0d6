/* SPDX-License-Identifier: MIT */
/*
 * See underlying.h. In a fully static program the underlying allocator is libc's. With --wrap, the
 * linker gives its functions the prefix __real_, so there is nothing to search.
 */
#include "interpose/underlying.h"

#include "interpose/compose.h"

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_memalign(size_t alignment, size_t size);
int __real_posix_memalign(void **block, size_t alignment, size_t size);
void *__real_valloc(size_t size);
void *__real_pvalloc(size_t size) __attribute__((weak)); /* musl has none */

struct at_underlying at_underlying = {
    .malloc = __real_malloc,
    .free = __real_free,
    .calloc = __real_calloc,
    .realloc = __real_realloc,
    .aligned_alloc = __real_aligned_alloc,
    .memalign = __real_memalign,
    .posix_memalign = __real_posix_memalign,
    .valloc = __real_valloc,
    .pvalloc = __real_pvalloc,
};

void at_underlying_resolve(void)
{
    static bool is_composed; /* by the first call of the process */
    if (!is_composed)
        at_compose(&at_underlying);
    is_composed = true;
}

void at_underlying_start(void)
{
    /* There is no sanitizer in a static program. */
}

bool at_malloc_is_ours(void)
{
    return true;
}
