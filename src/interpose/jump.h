/* SPDX-License-Identifier: MIT */
/*
 * The start of the interposed longjmp family and pthread_exit.
 */
#ifndef AT_INTERPOSE_JUMP_H
#define AT_INTERPOSE_JUMP_H

/* Find out whether the target in a jmp_buf can be read. Called once, from the constructor. */
void at_jump_start(void);

#endif
