/* SPDX-License-Identifier: MIT */
/*
 * Walks of the calling thread's stack by the unwind rules of its code (rule.h). A walk stops at a
 * frame from which the words of the thread's last stack are unchanged, and takes the rest from
 * there. walk.c explains why the result is the unwinder's stack.
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
    uintptr_t key; /* the return address, and the age at which the rule was found */
    struct at_rule rule;
};

struct at_walker {
    struct at_known_rule few_rules[AT_N_FEW_RULES]; /* the first rule of each hash, in few pages */
    uint64_t last; /* position of the words of the last stack that was not cut; 0 for none */
    uint16_t age;  /* the number of at_walk_discard_all() calls */
    struct at_words words;
    struct at_known_rule rules[AT_N_RULES];
};

/* Initialise a walker in zero-filled memory. */
void at_walk_start(struct at_walker *walker);

/* Discard all unwind rules and all lists of words. */
void at_walk_discard_all(struct at_walker *walker);

/*
 * Fill `stack` with the frames from `caller` on, as at_stack_capture() does. The walk starts at the
 * function whose saved frame pointer is at `frame`. Return the number of words that were read, head
 * included, for at_walk_store(). Return 0 if a rule is not supported: only the unwinder can walk
 * this stack.
 */
uint32_t at_walk(struct at_walker *walker, const uintptr_t *frame, const void *caller,
                 struct at_stack *stack);

/* Store the words of the walk that at_walk() has just made, and return the list. The caller fills
   in its head. */
uint64_t at_walk_store(struct at_walker *walker, uint32_t length);

/* Make the list the last stack, whose tail later walks may share. It must be that of the current
   stack, and not cut at the depth limit. */
static inline void at_walk_set_last(struct at_walker *walker, uint64_t list)
{
    walker->last = list + AT_HEAD_WORDS;
}

#endif
