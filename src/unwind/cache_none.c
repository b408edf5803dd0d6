/* SPDX-License-Identifier: MIT */
/* See cache.h: nothing is remembered here. */
#include "unwind/cache.h"

#include "attribution/module.h"
#include "attribution/site.h"
#include "unwind/capture.h"

__attribute__((noinline)) const struct at_call_site *
at_site_capture(struct at_stack_cache **cache, enum at_function function, const void *caller)
{
    (void) cache;
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    return at_site_intern(function, &stack);
}

bool at_site_is_counted(struct at_stack_cache **cache, const void *caller)
{
    (void) cache;
    return at_attribution_counts_caller(caller);
}
