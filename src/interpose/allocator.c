/* SPDX-License-Identifier: MIT */
/*
 * The functions of <alloc_tracker/allocator.h>: allocators other than malloc.
 *
 * The first block of a pool can have the same address as the chunk that the pool got from malloc.
 * So a noted block is recorded under another address: with the highest bit set. On the platforms of
 * this library, user space has no such addresses.
 */
#include "alloc_tracker/allocator.h"

#include <stdint.h>

#include "base/frame.h"
#include "base/trap.h"
#include "guard/scope_guards.h"
#include "interpose/call.h"

#define CALLER() __builtin_extract_return_addr(__builtin_return_address(0))

/* Return the address under which a noted block is recorded. */
static void *tag(const void *block)
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
    at_call_end(&call, tag(block));
    trap_if(call.trap);
}

void at_note_free(const void *block)
{
    if (block)
        trap_if(at_call_free(AT_NOTE_FREE, tag(block), CALLER()));
}

/*
 * A call of the user's allocator. Its own allocations are part of this call, and not counted. The
 * allocator may throw or jump, and has failed then. No frame of this library catches exceptions.
 */
struct inner {
    struct at_scope_guard guard;
    struct at_call call;
    bool ended;
};

static bool on_left(void *data, uintptr_t target, bool certainly)
{
    struct inner *inner = data;
    (void) target;
    (void) certainly;
    if (!inner->ended)
        at_call_end(&inner->call, NULL);
    return true;
}

static const struct at_scope_guard_type inner_type = { .kind = AT_GUARD_INNER, .left = on_left };

_Static_assert(sizeof(struct inner) <= AT_GUARD_DATA_BYTES, "the record has a copy");

static void begin_inner(struct inner *inner)
{
    at_scope_guards_push(&inner->guard, &inner_type, at_stack_pointer(), inner, sizeof *inner);
}

/* The cleanup of a frame with an inner call: it also runs when an exception passes, or when the
   thread ends. */
static void leave_inner(struct inner *inner)
{
    at_scope_guards_pop(&inner->guard);
    on_left(inner, 0, true);
}

static void end_inner(struct inner *inner, const void *block)
{
    at_scope_guards_pop(&inner->guard);
    inner->ended = true;
    at_call_end(&inner->call, tag(block));
}

#define INNER struct inner __attribute__((cleanup(leave_inner)))

void *at_allocator_alloc(const struct at_allocator *allocator, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    INNER inner = { .call = at_call_begin(AT_ALLOCATOR_ALLOC, size, CALLER()) };
    trap_if(inner.call.trap);
    begin_inner(&inner);
    void *block = inner.call.fails ? NULL : allocator->alloc(allocator->context, size);
    end_inner(&inner, block);
    trap_if(inner.call.trap);
    return block;
}

void *at_allocator_realloc(const struct at_allocator *allocator, void *old, size_t size)
{
    AT_KEEP_FRAME_POINTER();
    INNER inner = { .call = at_call_begin_realloc(AT_ALLOCATOR_REALLOC, tag(old), size, CALLER()) };
    trap_if(inner.call.trap);
    begin_inner(&inner);
    void *block = inner.call.fails ? NULL : allocator->realloc(allocator->context, old, size);
    end_inner(&inner, block);
    trap_if(inner.call.trap);
    return block;
}

void at_allocator_free(const struct at_allocator *allocator, void *block)
{
    AT_KEEP_FRAME_POINTER();
    if (!block)
        return;
    trap_if(at_call_free(AT_ALLOCATOR_FREE, tag(block), CALLER()));
    INNER inner = { .ended = true };
    begin_inner(&inner);
    allocator->free(allocator->context, block);
}
