/* SPDX-License-Identifier: MIT */
/*
 * Capture of the calling thread's stack with libgcc's unwinder. libgcc reads the unwind tables of
 * the code, so the code needs no frame pointers. A capture does not allocate and takes no lock.
 */
#ifndef AT_UNWIND_CAPTURE_H
#define AT_UNWIND_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unwind.h>

enum { AT_STACK_MAX = 192 };

enum at_stack_end {
    AT_STACK_WHOLE = 0, /* the last frame is a thread's first function */
    AT_STACK_CUT,       /* there are more frames than the limit */
    AT_STACK_LOST,      /* the caller of the last frame is unknown; see at_module_stack_end() */
    AT_STACK_NO_TABLE,  /* unknown, because the last frame's code has no unwind table */
    AT_STACK_BAD_TABLE, /* unknown, although the last frame's code has an unwind table */
};

struct at_stack {
    size_t n_frames;
    enum at_stack_end end;
    uint64_t hash; /* of the frames, from the outermost inwards, by at_stack_hash() */
    uintptr_t frames[AT_STACK_MAX];
};

/* Return the hash of a frame and all frames outside it. `outer` is the hash of the latter, 0 if
   there are none. */
static inline uint64_t at_stack_hash(uint64_t outer, uintptr_t frame)
{
    uint64_t hash = (outer ^ frame) * 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 32;
}

/*
 * Fill `stack` with addresses inside the call instructions, innermost frame first. `caller` is the
 * return address of the public function that the user called: frames inside that call are this
 * library's and left out. With NULL the stack begins at the caller of this function. If the
 * unwinder does not reach `caller`, the stack is that one frame, and ends with AT_STACK_LOST.
 */
void at_stack_capture(struct at_stack *stack, const void *caller);

/* Fill `stack` with at most the first `max` frames, with AT_STACK_CUT if there are more. */
void at_stack_capture_some(struct at_stack *stack, const void *caller, size_t max);

/* Return the start of the function that contains `address`, or NULL. May be called inside an
   allocation. */
const void *at_stack_function(uintptr_t address);

/* The same, always with the unwinder. */
const void *at_stack_unwinder_function(uintptr_t address);

/* Return true if `address` is code of libgcc, and libgcc is an object of its own. The stack of an
   allocation by libgcc is that one frame. */
bool at_stack_is_in_unwinder(uintptr_t address);

/* Return true if this thread is inside a call of the unwinder by this library. Then an allocation
   is this library's: at its first search the unwinder sorts the tables that a program registered.
 */
bool at_stack_is_unwinding(void);

/* Call _Unwind_Backtrace(), or do nothing if the unwinder cannot be called now. */
void at_stack_backtrace(_Unwind_Trace_Fn visit, void *arg);

/* Let the unwinder do its one-time work outside any allocation. Before this call, and always if the
   unwinder finds no tables for this library, a stack is only its innermost frame. */
void at_stack_start(void);

/* Return true if there is an unwind table for the code at `address`. */
bool at_stack_has_table(uintptr_t address);

/* Return true if the unwinder finds tables for this library. */
bool at_stack_is_complete(void);

#endif
