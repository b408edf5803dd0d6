/* SPDX-License-Identifier: MIT */
/*
 * How to come from one frame to the one that called it, as the object's .eh_frame says, for the
 * rules that compilers write: the frame ends at a distance from the stack pointer or from the frame
 * pointer, the return address stands right below its end, and the caller's frame pointer is either
 * still in the register or saved at a known place. Whatever else there is (signal frames,
 * expressions, code without a table) is `AT_CFA_UNKNOWN`: ask the unwinder.
 *
 * x86-64 with glibc's _dl_find_object only. No lock, no allocation.
 */
#ifndef AT_UNWIND_RULE_H
#define AT_UNWIND_RULE_H

#include <stdint.h>

enum at_cfa { /* the canonical frame address: the stack pointer of the caller after the return */
              AT_CFA_UNKNOWN = 0,
              AT_CFA_SP,    /* stack pointer + cfa_offset */
              AT_CFA_FP,    /* frame pointer + cfa_offset */
              AT_CFA_AT_FP, /* in memory, at frame pointer + cfa_offset: a frame that was realigned
                             */
              AT_CFA_END,   /* nobody called it: a thread's first function */
};

enum at_fp { /* the caller's frame pointer */
             AT_FP_KEPT = 0,
             AT_FP_AT_CFA, /* in memory, at canonical frame address + fp_offset */
             AT_FP_AT_FP,  /* in memory, at frame pointer + fp_offset */
};

struct at_rule {
    int32_t cfa_offset;
    int16_t fp_offset;
    uint8_t cfa; /* enum at_cfa */
    uint8_t fp;  /* enum at_fp */
};

/* The rule of a frame that will go on at `return_address`. */
struct at_rule at_rule_find(uintptr_t return_address);

/* The start of the function that holds `pc`, or 0 where the tables do not say. */
uintptr_t at_rule_function(uintptr_t pc);

#endif
