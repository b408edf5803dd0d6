/* SPDX-License-Identifier: MIT */
/*
 * at_panic_on_next_alloc() as the slow path sees it; <alloc_tracker/panic.h> is the public face.
 */
#ifndef AT_GUARD_PANIC_H
#define AT_GUARD_PANIC_H

#include <stdbool.h>
#include <stddef.h>

#include "attribution/site.h"

/*
 * Called before an allocation of `size` bytes while AT_STATE_PANIC is set. If the allocation is the
 * user's and the trap is still armed, disarms it, prints the call site and runs the handler.
 * Answers whether the caller is to execute a breakpoint instead of that.
 */
bool at_panic_check(enum at_function function, size_t size, const void *caller);

/* Says what a breakpoint is about to stop at: without a debugger, the process ends there. */
void at_trap_announce(enum at_function function, size_t size, const void *caller);

/* ALLOC_TRACKER_TRAP=1: stop in a debugger at the very instruction. */
bool at_trap_requested(void);

#endif
