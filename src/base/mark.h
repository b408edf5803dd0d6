/* SPDX-License-Identifier: MIT */
/*
 * Is this the same process, or a child of it? Told from memory that the kernel clears in a child,
 * however that was made, so that no system call is needed to ask. A child of vfork() shares all
 * memory: whoever sees a vfork() sets `at_mark_memory_is_shared`, and from then on the process's
 * number is asked for.
 */
#ifndef AT_BASE_MARK_H
#define AT_BASE_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct at_mark {
    uint32_t *word; /* 1 in the marked process; NULL where the kernel cannot clear it */
    pid_t pid;      /* 0: not known */
};

extern uint32_t at_mark_memory_is_shared;

/* Mark this process. Once, since it makes system calls; in a forked child, at_mark_move() does. */
void at_mark_set(struct at_mark *mark);

/* In a forked child: it is the marked process now. Makes no system call if `mark->word` is set. */
void at_mark_move(struct at_mark *mark);

/* Is the calling process the marked one? */
bool at_mark_is_here(const struct at_mark *mark);

#endif
