/* SPDX-License-Identifier: MIT */
/*
 * A call that may throw a C++ exception, from this library, which is C.
 */
#ifndef AT_INTERPOSE_HANDLER_H
#define AT_INTERPOSE_HANDLER_H

#include <stdbool.h>

/* Call `function` with `arg`. Return false if it threw an exception, which is released. */
bool at_catch(void (*function)(void *arg), void *arg);

#endif
