/* SPDX-License-Identifier: MIT */
/*
 * Allocators that are not malloc: pools, arenas, and a user's own allocator behind a vtable.
 *
 * What is told here is counted for counters, budgets and no-alloc scopes like malloc, at the
 * caller's line. The chunk that a pool asks malloc for is counted when it does, and its blocks when
 * they are noted; a block may stand at its chunk's own address.
 */
#ifndef ALLOC_TRACKER_ALLOCATOR_H
#define ALLOC_TRACKER_ALLOCATOR_H

#include <stddef.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Notes that `block` of `size` bytes was handed out, or, if NULL, that a request for it failed. */
AT_API void at_note_alloc(const void *block, size_t size);

/* Notes that `block` was taken back. NULL is allowed and not counted. */
AT_API void at_note_free(const void *block);

/* A user's allocator. `realloc` is given a block of this allocator or NULL. */
struct at_allocator {
    void *(*alloc)(void *context, size_t size);
    void *(*realloc)(void *context, void *block, size_t size);
    void (*free)(void *context, void *block);
    void *context;
};

/*
 * Calls the allocator and counts the call once: what it asks malloc for meanwhile, on this thread,
 * is not counted in addition. Results are the allocator's own. As thread-safe as the allocator is.
 */
AT_API void *at_allocator_alloc(const struct at_allocator *allocator, size_t size);
AT_API void *at_allocator_realloc(const struct at_allocator *allocator, void *block, size_t size);
AT_API void at_allocator_free(const struct at_allocator *allocator, void *block);

AT_END_DECLS

#endif
