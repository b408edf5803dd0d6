/* SPDX-License-Identifier: MIT */
/*
 * Comparison of the stack cache with the plain unwinder. A build with -Dcheck_stacks=true compares
 * every value that the cache returns; the first difference prints the unwinder's stack and aborts.
 * Other builds compare nothing.
 */
#ifndef AT_UNWIND_CHECK_H
#define AT_UNWIND_CHECK_H

#include "unwind/cache.h"

#ifdef AT_CHECK_STACKS
/* Abort unless `value` is the value that `make` gives the unwinder's stack from `caller` on. NULL,
   which is no value, is not compared. */
void at_check_value(const void *value, const void *caller, unsigned kind, at_stack_value *make);
#else
static inline void at_check_value(const void *value, const void *caller, unsigned kind,
                                  at_stack_value *make)
{
    (void) value;
    (void) caller;
    (void) kind;
    (void) make;
}
#endif

#endif
