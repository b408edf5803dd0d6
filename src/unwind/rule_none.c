/* SPDX-License-Identifier: MIT */
/* The part of capture.h that rule.c has where the stack cache is built: libgcc knows as well. */
#include "unwind/capture.h"

const void *at_stack_function(uintptr_t address)
{
    return at_stack_unwinder_function(address);
}
