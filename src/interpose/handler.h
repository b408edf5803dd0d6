/* SPDX-License-Identifier: MIT */
/*
 * Catch a C++ exception in C.
 */
#ifndef AT_INTERPOSE_HANDLER_H
#define AT_INTERPOSE_HANDLER_H

#include <stdbool.h>

/* Call `function` with `arg`. Return false if it threw an exception, which is then released. On
   other machines than x86-64 and aarch64 the exception is not caught. */
bool at_catch(void (*function)(void *arg), void *arg);

#endif
