/* SPDX-License-Identifier: MIT */
/*
 * What stands open in the frames of a thread's stacks: permits, the plugin's blocks, and the calls
 * of a user's allocator. A frame's own cleanup ends them, also when an exception passes; but a
 * frame may be left without one: by longjmp(), by an exception through C, by a thread's end, by a
 * switch to another stack, for good or for a while.
 *
 * So nothing has to be undone. A bracket is on record in memory of ours, with the call of the
 * function in whose frame it stands, and applies while that call is among those that the running
 * code was called from: the unwinder tells (unwind/activation.h). Code on another stack is not in
 * it; when its own goes on, so does the bracket. Where the unwinder finds no table, the stack
 * pointer decides.
 *
 * What is seen ends a bracket at once: a jump, from interpose/jump.c; an exception, by the memory
 * that the C++ runtime asks for; the thread's end. A block whose frame is gone is stopped there,
 * which may be inside an allocation, and judged at the next opportunity outside one.
 */
#ifndef AT_GUARD_SCOPE_GUARDS_H
#define AT_GUARD_SCOPE_GUARDS_H

#include <stddef.h>

#include "alloc_tracker/permit.h"

/* The stack pointer of the function that called this one, before the call. */
#ifdef __x86_64__
#define AT_CALLER_STACK_POINTER() ((uintptr_t) __builtin_frame_address(0) + 16)
#else
#define AT_CALLER_STACK_POINTER() ((uintptr_t) __builtin_frame_address(0))
#endif

enum at_bracket_kind {
    AT_BRACKET_PERMIT,  /* allocations are permitted */
    AT_BRACKET_INNER,   /* they are part of one that was counted */
    AT_BRACKET_FOREIGN, /* a test framework's */
    AT_BRACKET_BLOCK,   /* somebody wants to hear that the frame is left */
};

/*
 * Without `left` a bracket just ends. `data` is the copy that was given to the record last: the
 * frame may be gone. `left` gets the target of a jump, UINTPTR_MAX beyond every frame, and whether
 * the frame is certainly left. A jump to the same frame is not certain. `left` returns whether the
 * bracket has ended. `stop`, which may be NULL, is called inside an allocation.
 */
struct at_bracket_type {
    enum at_bracket_kind kind;
    bool (*left)(void *data, uintptr_t target, bool certainly);
    void (*stop)(void *data);
};

enum { AT_BRACKET_DATA = 320 };

extern const struct at_bracket_type at_bracket_permit, at_bracket_foreign;

/* Opens a bracket of the calling thread. It belongs to the frame that `guard` stands in, else to
   that of `stack_pointer`. */
void at_scope_guards_push(struct at_scope_guard *guard, const struct at_bracket_type *type,
                          uintptr_t stack_pointer, const void *data, size_t size);

/* Closes it. Closing what is not open does nothing. */
void at_scope_guards_pop(struct at_scope_guard *guard);

/* Has it been ended by something else? One that could not be put on record has not. */
bool at_scope_guards_was_left(const struct at_scope_guard *guard);

/* Renews the copy. */
void at_scope_guards_update(const struct at_scope_guard *guard, const void *data, size_t size);

/* A jump to where the stack pointer is `target`: ends what it leaves, innermost first. 0 is not
   known, and UINTPTR_MAX is the end of the thread. */
void at_scope_guards_leave(uintptr_t target);

/* Memory from `start` to `end` becomes another stack: ends what stood in frames there. */
void at_scope_guards_reuse(uintptr_t start, uintptr_t end);

/* Judges the blocks that were left. With `all`, when no frame of the user's is on this thread's
   stack any more, every block was. */
void at_scope_guards_settle(bool all);

/* Inside an allocation, with brackets open, when the innermost permit began, or 0; and what the
   allocation is part of, AT_BRACKET_BLOCK for nothing. */
uint64_t at_scope_guards_permit(const void *caller);
enum at_bracket_kind at_scope_guards_inner(void);

/* Called by an allocation with brackets open, before its event: has an exception left any? */
void at_scope_guards_watch(const void *caller);

void at_scope_guards_start(void);

#endif
