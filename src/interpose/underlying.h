/* SPDX-License-Identifier: MIT */
/*
 * The allocator beneath ours: a sanitizer's, the next one in link order, or libc's own.
 */
#ifndef AT_INTERPOSE_UNDERLYING_H
#define AT_INTERPOSE_UNDERLYING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_underlying {
    void *(*malloc)(size_t size);
    void (*free)(void *block);
    void *(*calloc)(size_t n, size_t size);
    void *(*realloc)(void *block, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void *(*valloc)(size_t size);
    void *(*pvalloc)(size_t size);
    void (*free_sized)(void *block, size_t size);
    void (*free_aligned_sized)(void *block, size_t alignment, size_t size);
    bool guarded;      /* its own calls of the family are part of ours, see reentry.h */
    bool sanitized;    /* a sanitizer's: what it allocates without us comes through its hooks */
    uintptr_t program; /* where the code begins of a program that ThreadSanitizer instrumented */
    size_t program_size;
};

extern struct at_underlying at_underlying __attribute__((visibility("hidden")));

/*
 * Finds it; later calls do nothing. The first allocation of the process does this, which may well
 * be before any constructor. What the search itself allocates is served by libc.
 */
void at_underlying_resolve(void);

/* To be called once the sanitizer's runtime has started, in a constructor. */
void at_underlying_start(void);

/* Is `address` in the underlying allocator? Not known where there is none but libc. */
bool at_underlying_contains(const void *address);

/* Does the process call our malloc, free and realloc, or are others in front of them? What libc
   makes of these by their names must then go to those others. */
bool at_malloc_is_ours(void);

#endif
