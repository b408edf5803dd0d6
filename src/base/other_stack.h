/* SPDX-License-Identifier: MIT */
/*
 * Room for functions that need more stack than a thread, a coroutine or a signal handler may have.
 */
#ifndef AT_BASE_OTHER_STACK_H
#define AT_BASE_OTHER_STACK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Call `function` with at least `need` bytes of stack: on this stack if it is the process's first
 * one and has as much left, else in pages of its own. `function` must return, and not by longjmp()
 * or an exception. Return false without a call if the kernel refused memory. Keeps errno.
 */
bool at_call_with_stack(void (*function)(void *arg), void *arg, size_t need);

/* Note where the process's first stack is. To be called once, on that stack. */
void at_other_stack_start(void);

#endif
