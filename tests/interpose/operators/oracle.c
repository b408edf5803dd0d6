/* SPDX-License-Identifier: MIT */
/* An object to preload. Counts the calls of the malloc family without alloc_tracker. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void __libc_free(void *block);
void *__libc_memalign(size_t alignment, size_t size);
void *malloc(size_t size);
void free(void *block);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);
void oracle_usage(unsigned long *allocs, unsigned long *frees, unsigned long *bytes);

static unsigned long n_allocs, n_frees, n_bytes;

void *malloc(size_t size)
{
    n_allocs++;
    n_bytes += size;
    return __libc_malloc(size);
}

void free(void *block)
{
    n_frees += block != NULL;
    __libc_free(block);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    n_allocs++;
    n_bytes += size;
    return __libc_memalign(alignment, size);
}

/* libc++ calls this function. */
int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = aligned_alloc(alignment, size);
    return 0;
}

void oracle_usage(unsigned long *allocs, unsigned long *frees, unsigned long *bytes)
{
    *allocs = n_allocs;
    *frees = n_frees;
    *bytes = n_bytes;
}
