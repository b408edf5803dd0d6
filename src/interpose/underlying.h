/* SPDX-License-Identifier: MIT */
/*
 * The underlying allocator, to which calls are forwarded: a sanitizer's, the next one in link
 * order, or libc's.
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
    bool guarded;        /* its own calls of the malloc family are not counted, see reentry.h */
    bool sanitized;      /* a sanitizer's, whose hooks report its other allocations */
    uintptr_t program;   /* start of a program's code that ThreadSanitizer has instrumented, or 0 */
    size_t program_size; /* bytes */
};

extern struct at_underlying at_underlying __attribute__((visibility("hidden")));

/*
 * Find the underlying allocator; later calls do nothing. The first allocation of the process calls
 * this function, which may be before any constructor. Allocations of the search itself go to libc.
 */
void at_underlying_resolve(void);

/* Called from the constructor, when a sanitizer's runtime has started. */
void at_underlying_start(void);

/* Return true if `address` is in the object of the underlying allocator. */
bool at_underlying_contains(const void *address);

/* Return true if the process calls this library's malloc, free and realloc. If other definitions
   come first, functions that libc builds on these names must call the others. */
bool at_malloc_is_ours(void);

#endif
