/* SPDX-License-Identifier: MIT */
/*
 * Scope guards: what must be undone when a frame is left. A permit, a block of the plugin and a
 * call of a user's allocator each have one.
 *
 * The frame's own cleanup usually ends a scope guard, also when a C++ exception passes. But a frame
 * can be left without cleanup: by longjmp(), by an exception that passes through C, by the end of
 * the thread, or by a switch to another stack, for ever or for some time.
 *
 * Therefore a scope guard applies only while its frame is active. Its record is in memory of this
 * library, and names the call in whose frame the scope guard is. The unwinder finds out whether
 * this call is one of the callers of the running code (unwind/activation.h). Code on another stack
 * is not inside the scope guard; when the guard's own stack runs again, the scope guard applies
 * again. Where the unwinder finds no table, the stack pointer decides.
 *
 * Three events end a scope guard at once: a jump (interpose/jump.c), an exception (noticed when the
 * C++ runtime allocates it), and the end of the thread. A scope guard with a `left` function is
 * only stopped then, because this can happen inside an allocation. `left` is called at the next
 * chance outside one.
 *
 * Each thread has its own scope guards. No function takes a lock.
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

/* What a scope guard means for an allocation inside its frame. */
enum at_scope_guard_kind {
    AT_GUARD_PERMIT,    /* it is permitted */
    AT_GUARD_INNER,     /* it is part of another one, which is counted */
    AT_GUARD_FRAMEWORK, /* it is made for the test framework, and not counted */
    AT_GUARD_BLOCK,     /* nothing; only `left` matters */
};

/*
 * `left` may be NULL: then the scope guard just ends. It gets the copy of the data that the record
 * has, since the frame may be gone, the stack pointer that a jump goes to (UINTPTR_MAX: the thread
 * ends; 0: unknown), and whether the frame is certainly left. A jump to the guard's own frame is
 * not certain. `left` returns true if the scope guard has ended. `stop` may be NULL; it is called
 * inside an allocation.
 */
struct at_scope_guard_type {
    enum at_scope_guard_kind kind;
    bool (*left)(void *data, uintptr_t target, bool certainly);
    void (*stop)(void *data);
};

enum { AT_GUARD_DATA_BYTES = 320 };

extern const struct at_scope_guard_type at_scope_guard_permit, at_scope_guard_framework;

/* Begin a scope guard of the calling thread. It belongs to the frame that contains `guard`, or, if
   none does, to the frame with `stack_pointer`. The `size` bytes at `data`, at most
   AT_GUARD_DATA_BYTES, are copied to its record. If the kernel refuses memory for the record, the
   scope guard does not apply. */
void at_scope_guards_push(struct at_scope_guard *guard, const struct at_scope_guard_type *type,
                          uintptr_t stack_pointer, const void *data, size_t size);

/* End a scope guard. Ending it twice does nothing. */
void at_scope_guards_pop(struct at_scope_guard *guard);

/* Return true if something else than at_scope_guards_pop() ended or stopped the scope guard. False
   for a scope guard without a record. */
bool at_scope_guards_was_left(const struct at_scope_guard *guard);

/* Replace the copy of the data in the record. */
void at_scope_guards_update(const struct at_scope_guard *guard, const void *data, size_t size);

/* A jump sets the stack pointer to `target`: end the scope guards whose frames it leaves, innermost
   first. 0: the target is unknown. UINTPTR_MAX: the thread ends. */
void at_scope_guards_leave(uintptr_t target);

/* The memory from `start` to `end` becomes the stack of a new coroutine: end the scope guards of
   frames in it. */
void at_scope_guards_reuse(uintptr_t start, uintptr_t end);

/* Call `left` of each scope guard that was stopped. With `all`, of every scope guard: the caller
   knows that no frame of the user's code is on this thread's stack any more. */
void at_scope_guards_settle(bool all);

/* For an allocation that was called from `caller`: return the number of the event before the
   innermost permit that applies, or 0 if none does. */
uint64_t at_scope_guards_permit(const void *caller);

/* For an allocation: return AT_GUARD_INNER or AT_GUARD_FRAMEWORK, whichever applies innermost, or
   AT_GUARD_BLOCK if neither does. */
enum at_scope_guard_kind at_scope_guards_inner(void);

/* An allocation was called from `caller`, and its event follows: notice a C++ exception that is
   thrown now, or stop the scope guards that an earlier exception has left. */
void at_scope_guards_watch(const void *caller);

/* End a thread's scope guards when the thread ends. Called once, from the constructor. */
void at_scope_guards_start(void);

#endif
