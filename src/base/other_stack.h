/* SPDX-License-Identifier: MIT */
/*
 * Calls of functions that may need more stack than a thread, a coroutine or a signal handler has.
 */
#ifndef AT_BASE_OTHER_STACK_H
#define AT_BASE_OTHER_STACK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Call `function` with at least `need` bytes of stack. The current stack is used if it is the
 * process's first one and has so many bytes left; otherwise the stack is in new pages. `function`
 * must not leave by longjmp() or an exception. Return false, without a call, if the kernel refused
 * memory. Keeps errno.
 */
bool at_call_with_stack(void (*function)(void *arg), void *arg, size_t need);

/* Store where the process's first stack is. Call this once, on that stack. */
void at_other_stack_start(void);

#endif
