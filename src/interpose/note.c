/* SPDX-License-Identifier: MIT */
/*
 * Allocators that are not malloc: <alloc_tracker/allocator.h>.
 *
 * A pool's first block stands at the address of the chunk that malloc gave the pool. In the live
 * table noted blocks are therefore kept under an address that no block of malloc's can have: with
 * the highest bit set, which user space never uses on the platforms of this library.
 */
#include "alloc_tracker/allocator.h"

#include <stdint.h>

#include "base/frame.h"
#include "base/trap.h"
#include "interpose/call.h"

#define CALLER() __builtin_extract_return_addr(__builtin_return_address(0))

static void *noted(const void *block)
{
    return block ? (void *) ((uintptr_t) block | ~(UINTPTR_MAX >> 1)) : NULL;
}

static inline void trap_if(bool condition)
{
    if (condition)
        AT_TRAP();
}

void at_note_alloc(const void *block, size_t size)
{
    struct at_call call = at_call_begin(AT_NOTE_ALLOC, size, CALLER());
    trap_if(call.trap);
    at_call_end(&call, noted(block));
    trap_if(call.trap);
}

void at_note_free(const void *block)
{
    if (block)
        trap_if(at_call_free(AT_NOTE_FREE, noted(block), CALLER()));
}

/* What the user's allocator does meanwhile is part of this call: neither charged nor counted. */
static struct at_counters enter_inner(struct at_thread *self)
{
    at_suspend();
    return self->counters;
}

static void leave_inner(struct at_thread *self, struct at_counters before)
{
    self->counters = before;
    at_resume();
}

void *at_allocator_alloc(const struct at_allocator *allocator, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    struct at_call call = at_call_begin(AT_ALLOCATOR_ALLOC, size, CALLER());
    trap_if(call.trap);
    struct at_counters before = enter_inner(call.self);
    void *block = call.fails ? NULL : allocator->alloc(allocator->context, size);
    leave_inner(call.self, before);
    at_call_end(&call, noted(block));
    trap_if(call.trap);
    return block;
}

void *at_allocator_realloc(const struct at_allocator *allocator, void *old, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    struct at_call call = at_call_begin_realloc(AT_ALLOCATOR_REALLOC, noted(old), size, CALLER());
    trap_if(call.trap);
    struct at_counters before = enter_inner(call.self);
    void *block = call.fails ? NULL : allocator->realloc(allocator->context, old, size);
    leave_inner(call.self, before);
    at_call_end(&call, noted(block));
    trap_if(call.trap);
    return block;
}

void at_allocator_free(const struct at_allocator *allocator, void *block)
{
    AT_KEEP_FRAME_POINTER();
    if (!block)
        return;
    trap_if(at_call_free(AT_ALLOCATOR_FREE, noted(block), CALLER()));
    struct at_thread *self = at_thread_get();
    struct at_counters before = enter_inner(self);
    allocator->free(allocator->context, block);
    leave_inner(self, before);
}
