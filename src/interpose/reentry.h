/* SPDX-License-Identifier: MIT */
/*
 * Underlying allocators that call the malloc family by its names while they work: a calloc() over
 * malloc(), a realloc() over malloc() and free(). Such a call comes to ours, although it is part of
 * one that has been counted.
 */
#ifndef AT_INTERPOSE_REENTRY_H
#define AT_INTERPOSE_REENTRY_H

#include "interpose/underlying.h"

/* Make each member of `allocator`, of which there is one in a process, undo the counting of calls
   that it makes itself. */
void at_guard_from_itself(struct at_underlying *allocator);

#endif
