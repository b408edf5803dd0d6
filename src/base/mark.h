/* SPDX-License-Identifier: MIT */
/*
 * A mark distinguishes a process from its children, without a system call for each check.
 *
 * The mark is a word in memory that the kernel clears in every child process, in whichever way the
 * child is made. A child of vfork() shares all memory with its parent. So code that intercepts
 * vfork() sets `at_mark_memory_is_shared`; from then on the check calls getpid().
 */
#ifndef AT_BASE_MARK_H
#define AT_BASE_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct at_mark {
    uint32_t *word; /* 1 in the marked process; NULL if the kernel cannot clear it in children */
    pid_t pid;      /* of the marked process; 0 if unknown */
};

extern uint32_t at_mark_memory_is_shared;

/* Mark the calling process. Makes system calls. Call at_mark_move() in a forked child instead. */
void at_mark_set(struct at_mark *mark);

/* Mark the calling process, a forked child, in place of its parent. Makes no system call if
   `mark->word` is not NULL. */
void at_mark_move(struct at_mark *mark);

/* Return true if the calling process is the marked one. */
bool at_mark_is_here(const struct at_mark *mark);

#endif
