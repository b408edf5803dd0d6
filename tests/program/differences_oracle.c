/* SPDX-License-Identifier: MIT */
/* Counts allocations without a change of its own: it has no thread-local variable, no key, no
   handler and no other library. */
#include <stddef.h>
#include <stdio.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

static long n_allocs, n_bytes;

static void count(size_t size)
{
    n_allocs++;
    n_bytes += (long) size;
}

void *malloc(size_t size)
{
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count(n * size);
    return __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    count(size);
    return __libc_realloc(block, size);
}

static __attribute__((destructor)) void print(void)
{
    long allocs = n_allocs, bytes = n_bytes;
    printf("%ld %ld\n", allocs, bytes);
}
