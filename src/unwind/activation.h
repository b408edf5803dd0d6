/* SPDX-License-Identifier: MIT */
/*
 * Activations: the function calls in which the calling thread currently is, found by the unwinder.
 * No allocation, no lock.
 *
 * An activation is identified by the end of its frame and by its return address. So a caller can
 * find out whether a frame is still active, in whichever way frames are left or stacks switched.
 */
#ifndef AT_UNWIND_ACTIVATION_H
#define AT_UNWIND_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

struct at_activation {
    uintptr_t start; /* the stack pointer when this function called the next inner one */
    uintptr_t end;   /* the end of its frame: its caller's stack pointer; 0 if unknown */
    uintptr_t return_address;
    bool crosses; /* a signal handler's frame: its caller may be on another stack */
};

enum at_walked {
    AT_WALKED_WHOLE,   /* up to the outermost frame */
    AT_WALKED_STOPPED, /* until the visitor returned false */
    AT_WALKED_CUT,     /* up to a function without an unwind table */
};

/* Call `visit` for each activation, innermost first, until it returns false. Return how far the
   walk came, and set `*last` to the stack pointer of the outermost frame that it reached. */
typedef bool at_activation_visit(const struct at_activation *activation, void *arg);
enum at_walked at_activations_visit(at_activation_visit *visit, void *arg, uintptr_t *last);

/* Return true if `address` is in the activation's frame. */
static inline bool at_activation_contains(const struct at_activation *activation, uintptr_t address)
{
    return !activation->crosses && address >= activation->start && address < activation->end;
}

/* Return the calling function's stack pointer. */
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
