/* SPDX-License-Identifier: MIT */
/*
 * Unwind rules: how to go from a frame to its caller's frame, from the object's .eh_frame section.
 *
 * Only the rules that compilers usually write are supported: the frame ends at a constant distance
 * from the stack pointer or from the frame pointer, the return address is directly below its end,
 * and the caller's frame pointer is still in the register or saved at a known address. Everything
 * else (signal frames, other expressions, code without a table) is AT_CFA_UNKNOWN, and the unwinder
 * must be asked.
 *
 * For x86-64 with glibc's _dl_find_object(). No lock, no allocation.
 */
#ifndef AT_UNWIND_RULE_H
#define AT_UNWIND_RULE_H

#include <stdint.h>

enum at_cfa { /* the canonical frame address: the stack pointer of the caller after the return */
              AT_CFA_UNKNOWN = 0,
              AT_CFA_SP,    /* stack pointer + cfa_offset */
              AT_CFA_FP,    /* frame pointer + cfa_offset */
              AT_CFA_AT_FP, /* in memory, at frame pointer + cfa_offset: in realigned frames */
              AT_CFA_END,   /* none: this is a thread's first function */
};

enum at_fp {                      /* the caller's frame pointer */
             AT_FP_UNCHANGED = 0, /* in the register */
             AT_FP_AT_CFA,        /* in memory, at canonical frame address + fp_offset */
             AT_FP_AT_FP,         /* in memory, at frame pointer + fp_offset */
};

struct at_rule {
    int32_t cfa_offset;
    int16_t fp_offset;
    uint8_t cfa; /* enum at_cfa */
    uint8_t fp;  /* enum at_fp */
};

/* Return the rule of a frame that continues at `return_address`. */
struct at_rule at_rule_find(uintptr_t return_address);

/* Return the start of the function that contains `pc`, or 0 if no table has it. */
uintptr_t at_rule_function(uintptr_t pc);

#endif
