/* SPDX-License-Identifier: MIT */
/*
 * Which calls of functions the calling thread is in, by the unwinder: no allocation, no lock.
 *
 * A call is known by where its frame ends and where it returns to. Whatever leaves a frame, and
 * whatever switches stacks, this tells whether the frame is among those that the running code was
 * called from.
 */
#ifndef AT_UNWIND_ACTIVATION_H
#define AT_UNWIND_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

struct at_activation {
    uintptr_t start; /* the stack pointer when it made the call that the walk came from */
    uintptr_t end;   /* and where its frame ends: its caller's stack pointer; 0 if not known */
    uintptr_t return_address;
    bool crosses; /* a signal handler's: what it returns to may be on another stack */
};

enum at_walked {
    AT_WALKED_WHOLE,   /* to the outermost frame */
    AT_WALKED_STOPPED, /* as far as was wanted */
    AT_WALKED_CUT,     /* to a function that has no table for the unwinder */
};

/* Calls `visit` for each, innermost first, until it answers false. `*last` is the stack pointer of
   the outermost frame that was come to. */
typedef bool at_activation_visit(const struct at_activation *activation, void *arg);
enum at_walked at_activations_visit(at_activation_visit *visit, void *arg, uintptr_t *last);

static inline bool at_activation_contains(const struct at_activation *activation, uintptr_t address)
{
    return !activation->crosses && address >= activation->start && address < activation->end;
}

/* The stack pointer here. */
static inline __attribute__((always_inline)) uintptr_t at_stack_pointer(void)
{
#if defined(__x86_64__)
    uintptr_t pointer;
    __asm__ volatile("movq %%rsp, %0" : "=r"(pointer));
    return pointer;
#else
    return (uintptr_t) __builtin_frame_address(0);
#endif
}

#endif
