/* SPDX-License-Identifier: MIT */
/*
 * Blocks that the code which asked for them does not own: the runtime keeps them and releases them
 * in its own time, so that they are nobody's leak. They are a thread's descriptor, which libc keeps
 * for the next thread; thread-local variables of a library, which live as long as their thread; a
 * C++ exception on its way; and what is to be destroyed at a thread's end.
 */
#ifndef AT_STACK_KEPT_H
#define AT_STACK_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does the stack of an allocation say so? May be called inside one. */
bool at_kept_is(const uintptr_t *frames, size_t n_frames);

/* Looks up, once, what cannot be looked up inside an allocation. */
void at_kept_start(void);

#endif
