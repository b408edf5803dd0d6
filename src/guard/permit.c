/* SPDX-License-Identifier: MIT */
/* See <alloc_tracker/permit.h>. Each event carries the number of the event at which the innermost
   permit of its thread began; each region decides by this number whether the permit is its own. */
#include "guard/permit.h"

#include "guard/scope_guards.h"

void at_permit_open(struct at_permit *permit, uintptr_t stack_pointer)
{
    *permit = (struct at_permit){ .begun = true };
    at_scope_guards_push(&permit->guard, &at_scope_guard_permit, stack_pointer, NULL, 0);
}

__attribute__((noinline)) void at_permit_begin(struct at_permit *permit)
{
    at_permit_open(permit, AT_CALLER_STACK_POINTER());
}

void at_permit_end(struct at_permit *permit)
{
    at_scope_guards_pop(&permit->guard);
}
