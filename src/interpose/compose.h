/* SPDX-License-Identifier: MIT */
/*
 * Functions of the malloc family that are composed of others. All functions must belong to one
 * allocator. So a function that the underlying allocator lacks is composed of its own functions,
 * and never taken from another allocator.
 */
#ifndef AT_INTERPOSE_COMPOSE_H
#define AT_INTERPOSE_COMPOSE_H

#include "interpose/underlying.h"

/*
 * Fill in the members of `allocator` that are NULL. It must have malloc, free, realloc, and
 * aligned_alloc or memalign; otherwise nothing is changed, and the result is false. The composed
 * functions call `at_underlying`, so copy the allocator there before use.
 */
bool at_compose(struct at_underlying *allocator);

#endif
