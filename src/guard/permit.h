/* SPDX-License-Identifier: MIT */
/*
 * Permits that begin on behalf of another function. The public functions are in
 * <alloc_tracker/permit.h>.
 */
#ifndef AT_GUARD_PERMIT_H
#define AT_GUARD_PERMIT_H

#include "alloc_tracker/permit.h"

/* As at_permit_begin(), for the frame with `stack_pointer`: see guard/scope_guards.h. */
void at_permit_open(struct at_permit *permit, uintptr_t stack_pointer);

#endif
