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
#include "guard/scope_guards.h"
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

/*
 * What the user's allocator does meanwhile is part of this call: neither charged nor counted. It
 * may throw or jump, and then has failed; nothing of ours stands between it and whoever catches.
 */
struct inner {
    struct at_scope_guard guard;
    struct at_call call;
    bool ended;
};

static bool left(void *data, uintptr_t target, bool certainly)
{
    struct inner *inner = data;
    (void) target;
    (void) certainly;
    if (!inner->ended)
        at_call_end(&inner->call, NULL);
    return true;
}

static const struct at_scope_guard_type inner_type = { .kind = AT_GUARD_INNER, .left = left };

_Static_assert(sizeof(struct inner) <= AT_GUARD_DATA_BYTES, "it goes on record");

static void enter(struct inner *inner)
{
    at_scope_guards_push(&inner->guard, &inner_type, at_stack_pointer(), inner, sizeof *inner);
}

/* Also when an exception passes, or the thread ends. */
static void leave(struct inner *inner)
{
    at_scope_guards_pop(&inner->guard);
    left(inner, 0, true);
}

static void end(struct inner *inner, const void *block)
{
    at_scope_guards_pop(&inner->guard);
    inner->ended = true;
    at_call_end(&inner->call, noted(block));
}

#define INNER struct inner __attribute__((cleanup(leave)))

void *at_allocator_alloc(const struct at_allocator *allocator, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    INNER inner = { .call = at_call_begin(AT_ALLOCATOR_ALLOC, size, CALLER()) };
    trap_if(inner.call.trap);
    enter(&inner);
    void *block = inner.call.fails ? NULL : allocator->alloc(allocator->context, size);
    end(&inner, block);
    trap_if(inner.call.trap);
    return block;
}

void *at_allocator_realloc(const struct at_allocator *allocator, void *old, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    INNER inner = { .call =
                        at_call_begin_realloc(AT_ALLOCATOR_REALLOC, noted(old), size, CALLER()) };
    trap_if(inner.call.trap);
    enter(&inner);
    void *block = inner.call.fails ? NULL : allocator->realloc(allocator->context, old, size);
    end(&inner, block);
    trap_if(inner.call.trap);
    return block;
}

void at_allocator_free(const struct at_allocator *allocator, void *block)
{
    AT_KEEP_FRAME_POINTER();
    if (!block)
        return;
    trap_if(at_call_free(AT_ALLOCATOR_FREE, noted(block), CALLER()));
    INNER inner = { .ended = true };
    enter(&inner);
    allocator->free(allocator->context, block);
}
