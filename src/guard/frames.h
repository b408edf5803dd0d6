/* SPDX-License-Identifier: MIT */
/*
 * What stands open in the frames of a thread's stack: permits, and the plugin's scopes. A frame's
 * own cleanup ends them, also when an exception passes; a longjmp() runs no cleanup, so ours (see
 * interpose/jump.c) first tells those that it leaves.
 *
 * The chain runs through the frames themselves. Should a frame vanish unseen (a stack switched and
 * forgotten), a guard that no longer points to itself ends the chain.
 */
#ifndef AT_GUARD_FRAMES_H
#define AT_GUARD_FRAMES_H

#include "alloc_tracker/permit.h"

/* The stack pointer of the function that called this one, before the call. */
#ifdef __x86_64__
#define AT_CALLER_STACK_POINTER() ((uintptr_t) __builtin_frame_address(0) + 16)
#else
#define AT_CALLER_STACK_POINTER() ((uintptr_t) __builtin_frame_address(0))
#endif

/* Opens a guard of the calling thread, in the frame that `stack_pointer` belongs to. */
void at_frames_push(struct at_frame_guard *guard, uintptr_t stack_pointer);

/* Closes it, and whatever still stands open within. Closing what is not open does nothing. */
void at_frames_pop(struct at_frame_guard *guard);

/*
 * A jump to where the stack pointer is `target`, from a frame at `from`: closes the guards that it
 * leaves, innermost first, and calls their left(). A guard in the very frame that is jumped to may
 * have been opened before setjmp() or after: its left() is told that this is not certain, and
 * answers whether to close it. A `target` of 0 is not known, and UINTPTR_MAX is beyond every frame.
 */
void at_frames_leave(uintptr_t target, uintptr_t from);

#endif
