/* SPDX-License-Identifier: MIT */
/*
 * An oracle for fully static programs, which valgrind cannot observe. Counts a table of calls with
 * the linker's --wrap and without alloc_tracker. Prints the same format as counts_tracked.c.
 */
#include "counts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long long allocs, reallocs, frees, bytes;

/* Nesting of libc functions: musl's calloc calls malloc, which must not count twice. */
static __thread int depth;

static void count(unsigned long long *counter, unsigned long long n)
{
    if (depth == 0)
        __atomic_fetch_add(counter, n, __ATOMIC_SEQ_CST);
}

static void *made(void *block, size_t size)
{
    if (block) {
        count(&allocs, 1);
        count(&bytes, size);
    }
    return block;
}

/* Define __wrap_NAME, which calls libc's NAME with `depth` increased. */
#define ALLOCATE(Name, Size, Parameters, ...)                                                      \
    void *__real_##Name Parameters;                                                                \
    void *__wrap_##Name Parameters;                                                                \
    void *__wrap_##Name Parameters                                                                 \
    {                                                                                              \
        depth++;                                                                                   \
        void *block = __real_##Name(__VA_ARGS__);                                                  \
        depth--;                                                                                   \
        return made(block, Size);                                                                  \
    }                                                                                              \
    struct swallow_semicolon_##Name

ALLOCATE(malloc, size, (size_t size), size);
ALLOCATE(calloc, n *size, (size_t n, size_t size), n, size);
ALLOCATE(aligned_alloc, size, (size_t align, size_t size), align, size);
ALLOCATE(memalign, size, (size_t align, size_t size), align, size);
ALLOCATE(valloc, size, (size_t size), size);

int __real_posix_memalign(void **block, size_t align, size_t size);
int __wrap_posix_memalign(void **block, size_t align, size_t size);
int __wrap_posix_memalign(void **block, size_t align, size_t size)
{
    depth++;
    int error = __real_posix_memalign(block, align, size);
    depth--;
    made(error ? NULL : *block, size);
    return error;
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    if (block)
        count(&frees, 1);
    __real_free(block);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    depth++;
    void *block = __real_realloc(old, size);
    depth--;
    if (old)
        count(block ? &reallocs : &frees, block || size == 0);
    return made(block, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    size_t product;
    if (!__builtin_mul_overflow(n, size, &product))
        return __wrap_realloc(old, product);
    errno = ENOMEM;
    return NULL;
}

static void measure(const struct counted_call *counted)
{
    if (counted->prepare)
        counted->prepare();
    allocs = reallocs = frees = bytes = 0;
    counted->call();
    printf("%s %llu %llu %llu %llu 0\n", counted->name, allocs, reallocs, frees, bytes);
}

int main(void)
{
    return measure_counted_calls(measure);
}
