/* SPDX-License-Identifier: MIT */
/*
 * Permits on behalf of another function; <alloc_tracker/permit.h> is the public face.
 */
#ifndef AT_GUARD_PERMIT_H
#define AT_GUARD_PERMIT_H

#include "alloc_tracker/permit.h"

/* at_permit_begin() for the frame that `stack_pointer` belongs to, see guard/scope_guards.h. */
void at_permit_open(struct at_permit *permit, uintptr_t stack_pointer);

#endif
