/* SPDX-License-Identifier: MIT */
/*
 * Panics and breakpoints, as the slow path uses them. The public functions are in
 * <alloc_tracker/panic.h>.
 */
#ifndef AT_GUARD_PANIC_H
#define AT_GUARD_PANIC_H

#include <stdbool.h>
#include <stddef.h>

#include "attribution/site.h"

/*
 * Called before an allocation of `size` bytes while AT_STATE_PANIC is set. If the allocation counts
 * and the trap is still armed, disarm the trap, print the call site and call the handler. Return
 * true, without calling the handler, if the caller must execute a breakpoint instead.
 */
bool at_panic_check(enum at_function function, size_t size, const void *caller);

/* Print the call site at which a breakpoint follows. Without a debugger, the breakpoint ends the
   process. */
void at_trap_announce(enum at_function function, size_t size, const void *caller);

/* Print `label` in that message from now on: " in suite::name[2]". It must live as long as the
   process. */
void at_trap_set_label(const char *label);

/* Return true if ALLOC_TRACKER_TRAP=1 asks for breakpoints. */
bool at_trap_requested(void);

#endif
