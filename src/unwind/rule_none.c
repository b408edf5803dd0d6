/* SPDX-License-Identifier: MIT */
/* at_stack_function() of capture.h for builds without the stack cache, and so without rule.c. */
#include "unwind/capture.h"

const void *at_stack_function(uintptr_t address)
{
    return at_stack_unwinder_function(address);
}
