/* SPDX-License-Identifier: MIT */
/*
 * A malloc of the program's own. With -DWRAPS it takes blocks from the next malloc and adds a
 * header. With -DPARTIAL it has only malloc and free. With -DSIZED it also has the release
 * functions of C23. With -DLIBC it calls libc's functions by other names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

void *malloc(size_t size);
void free(void *block);
void *calloc(size_t n, size_t size);
void *realloc(void *block, size_t size);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

#ifdef NOTED
#include <alloc_tracker/alloc_tracker.h>
#else
#define at_note_alloc(Block, Size) (void) (Block)
#define at_note_free(Block) (void) (Block)
#endif

int own_calls; /* calls of malloc, calloc, realloc and the release functions */

#ifdef WRAPS
#ifdef LIBC
void *__libc_malloc(size_t size);
void __libc_free(void *block);
#define NEXT(Name) __libc_##Name
#else
#define NEXT(Name) ((__typeof__(&Name)) dlsym(RTLD_NEXT, #Name))
#endif

void *malloc(size_t size)
{
    own_calls++;
    size_t *block = NEXT(malloc)(size + 16);
    *block = size;
    return block + 2;
}

void free(void *block)
{
    own_calls++;
    if (block)
        NEXT(free)((size_t *) block - 2);
}
#else
static _Alignas(16) char heap[64 << 20];
static size_t top;

void *malloc(size_t size)
{
    own_calls++;
    size_t rounded = (size + 31) & ~(size_t) 15;
    size_t *block = (size_t *) (heap + __atomic_fetch_add(&top, rounded, __ATOMIC_RELAXED));
    *block = size;
    at_note_alloc(block + 2, size);
    return block + 2;
}

void free(void *block)
{
    own_calls++;
    at_note_free(block);
}
#endif

#ifndef PARTIAL
void *calloc(size_t n, size_t size)
{
    own_calls++;
    return memset(malloc(n * size), 0, n * size);
}

void *realloc(void *old, size_t size)
{
    own_calls++;
    size_t *block = malloc(size);
    if (old) {
        size_t known = ((size_t *) old)[-2];
        memcpy(block, old, known < size ? known : size);
        free(old);
    }
    return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    (void) alignment;
    return malloc(size);
}
#endif

#ifdef SIZED
void free_sized(void *block, size_t size)
{
    own_calls += 100;
    (void) size;
    free(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    own_calls += 1000;
    (void) alignment;
    (void) size;
    free(block);
}
#endif
