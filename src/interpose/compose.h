/* SPDX-License-Identifier: MIT */
/*
 * Members of the malloc family made of others. All must come from one allocator: what the one
 * beneath lacks is composed from what it has, never borrowed from another.
 */
#ifndef AT_INTERPOSE_COMPOSE_H
#define AT_INTERPOSE_COMPOSE_H

#include "interpose/underlying.h"

/*
 * Fills in the members that are NULL, of an allocator that has malloc, free, realloc and one of
 * aligned_alloc and memalign; false, and nothing is done, if it has not. It will work once it is
 * copied to `at_underlying`.
 */
bool at_compose(struct at_underlying *allocator);

#endif
