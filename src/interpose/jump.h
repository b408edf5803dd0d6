/* SPDX-License-Identifier: MIT */
/*
 * The interposed longjmp family and pthread_exit.
 */
#ifndef AT_INTERPOSE_JUMP_H
#define AT_INTERPOSE_JUMP_H

/* Finds out whether a jump's target can be read. */
void at_jump_start(void);

#endif
