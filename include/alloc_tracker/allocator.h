/* SPDX-License-Identifier: MIT */
/*
 * Count the blocks of allocators other than malloc: pools, arenas, and allocators that are called
 * through pointers to functions.
 *
 * Counters, regions and budgets count these blocks like those of malloc, with the caller's line. A
 * pool allocates chunks with malloc and divides them into blocks. Both are counted: the chunk when
 * malloc returns it, and each block when the program passes it to at_note_alloc(). A block may have
 * the same address as its chunk.
 */
#ifndef ALLOC_TRACKER_ALLOCATOR_H
#define ALLOC_TRACKER_ALLOCATOR_H

#include <stddef.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Count an allocation of `size` bytes. `block` is the allocated block; NULL counts a failed call.
   Thread-safe. May be called inside an allocation function of the program, such as operator new. */
AT_API void at_note_alloc(const void *block, size_t size);

/* Count the release of a block. Call it before another thread can get the same block from the
   allocator. NULL is allowed, and not counted. Thread-safe. May be called inside a release function
   of the program, such as operator delete. */
AT_API void at_note_free(const void *block);

/* The functions of an allocator. Each gets `context` as its first argument. The block that is
   passed to `realloc` came from this allocator, or is NULL. */
struct at_allocator {
    void *(*alloc)(void *context, size_t size);
    void *(*realloc)(void *context, void *block, size_t size);
    void (*free)(void *context, void *block);
    void *context;
};

/*
 * Call the allocator's function, and count the call once. Allocations that this function makes on
 * the calling thread are not counted again. Return the result of the allocator's function.
 *
 * `size` is in bytes. A realloc of NULL is an allocation. To release NULL is allowed, and does not
 * call the allocator. Failure injection can make the first two functions return NULL without a call
 * of the allocator. The allocator may throw an exception or call longjmp(); the call then counts as
 * failed.
 *
 * Thread-safe if the allocator is. May be called inside an allocation function of the program.
 */
AT_API void *at_allocator_alloc(const struct at_allocator *allocator, size_t size);
AT_API void *at_allocator_realloc(const struct at_allocator *allocator, void *block, size_t size);
AT_API void at_allocator_free(const struct at_allocator *allocator, void *block);

AT_END_DECLS

#endif
