/* SPDX-License-Identifier: MIT */
/*
 * Walks the calling thread's stack by the code's own unwind rules, and no further than to a frame
 * from which an earlier walk's words still hold: see walk.c for why the result is the unwinder's.
 */
#ifndef AT_UNWIND_WALK_H
#define AT_UNWIND_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/capture.h"
#include "unwind/rule.h"
#include "unwind/words.h"

enum { AT_N_FEW_RULES = 512, AT_N_RULES = 8192 };

struct at_known_rule {
    uintptr_t key; /* return address, and when it was learnt */
    struct at_rule rule;
};

struct at_walker {
    struct at_known_rule few_rules[AT_N_FEW_RULES]; /* the first of each hash, in a few pages */
    uint64_t last; /* the words of a stack that was whole, the latest; 0 for none */
    uint16_t age;  /* how often it forgot */
    struct at_words words;
    struct at_known_rule rules[AT_N_RULES];
};

/* Of pages that are zero. */
void at_walk_start(struct at_walker *walker);

/* Forgets what it knows of code, and every list. */
void at_walk_forget(struct at_walker *walker);

/*
 * The stack from `caller` on, as at_stack_capture() has it, walked from the function whose own
 * frame pointer is saved at `frame`. Answers the length of the list that at_walk_keep() may
 * make of it; 0 where only the unwinder knows the way.
 */
uint32_t at_walk(struct at_walker *walker, const uintptr_t *frame, const void *caller,
                 struct at_stack *stack);

/* Keeps the words of the walk just made as a list, whose head is for the caller to fill. */
uint64_t at_walk_keep(struct at_walker *walker, uint32_t length);

/* The list is that of the stack as it is now: later walks may go on with its tail. */
static inline void at_walk_lend(struct at_walker *walker, uint64_t list)
{
    walker->last = list + AT_HEAD_WORDS;
}

#endif
