/* SPDX-License-Identifier: MIT */
/*
 * Underlying allocators that call the malloc family by name, for example a calloc() that calls
 * malloc(). Such a call reaches this library's functions, although it is part of a call that is
 * already counted.
 */
#ifndef AT_INTERPOSE_REENTRY_H
#define AT_INTERPOSE_REENTRY_H

#include "interpose/underlying.h"

/* Wrap each function of `allocator`, so that the calls that it makes itself are not counted. There
   is one such allocator in a process. */
void at_guard_from_itself(struct at_underlying *allocator);

#endif
