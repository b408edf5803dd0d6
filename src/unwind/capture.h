/* SPDX-License-Identifier: MIT */
/*
 * The calling thread's stack, by libgcc's unwinder: no allocation, no lock, no frame pointers.
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
    AT_STACK_CUT,       /* there are more frames than were asked for */
    AT_STACK_LOST,      /* the caller of the last frame is unknown; see at_module_stack_end() */
    AT_STACK_NO_TABLE,  /* it is unknown since the last frame's code has no unwind table */
    AT_STACK_BAD_TABLE, /* it is unknown although there is a table */
};

struct at_stack {
    size_t n_frames;
    enum at_stack_end end;
    uint64_t hash; /* of the frames, from the outermost inwards, by at_stack_hash() */
    uintptr_t frames[AT_STACK_MAX];
};

/* The hash of a frame and of those outside it, whose own is `outer`: 0 for none. */
static inline uint64_t at_stack_hash(uint64_t outer, uintptr_t frame)
{
    uint64_t hash = (outer ^ frame) * 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 32;
}

/*
 * Fills `stack` with addresses inside the call instructions, innermost first. `caller` is the
 * return address of the public function at which the user's stack ends: frames within it are ours
 * and left out. NULL keeps everything from the caller of this function on. Where the unwinder does
 * not come past `caller`, the stack is that one frame, and AT_STACK_LOST.
 */
void at_stack_capture(struct at_stack *stack, const void *caller);

/* The same, but no more than the first `max` frames; AT_STACK_CUT if there are others. */
void at_stack_capture_some(struct at_stack *stack, const void *caller, size_t max);

/* The start of the function that holds `address`, or NULL. May be called inside an allocation. */
const void *at_stack_function(uintptr_t address);

/* The same, from the unwinder's tables alone. */
const void *at_stack_unwinder_function(uintptr_t address);

/* Is that code of the unwinder, where it is an object of its own? Its stacks end there. */
bool at_stack_is_in_unwinder(uintptr_t address);

/* Is this thread within a call of the unwinder that this library made? Then an allocation is this
   library's doing: the unwinder sorts the tables that a program registered when it first needs
   them. */
bool at_stack_is_unwinding(void);

/* The unwinder's own walk, where it may be called. */
void at_stack_backtrace(_Unwind_Trace_Fn visit, void *arg);

/* Lets the unwinder do its one-time work outside any allocation. Until then, and for ever where it
   finds no tables for this library, a stack is its innermost frame. */
void at_stack_start(void);

/* Return true if there is an unwind table for the code at `address`. */
bool at_stack_has_table(uintptr_t address);

/* Did it find them? */
bool at_stack_is_complete(void);

#endif
