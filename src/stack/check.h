/* SPDX-License-Identifier: MIT */
/*
 * Built with -Dcheck_stacks=true, every answer of the stack cache is compared with the plain
 * unwinder's; the first difference prints both stacks and aborts. Otherwise nothing is here.
 */
#ifndef AT_STACK_CHECK_H
#define AT_STACK_CHECK_H

#include "stack/site.h"

#ifdef AT_CHECK_STACKS
/* `site` as the cache has it, whose stack ends at `caller`; one without frames is an answer of
   at_site_charges(). */
void at_check_site(const struct at_call_site *site, const void *caller);
#else
static inline void at_check_site(const struct at_call_site *site, const void *caller)
{
    (void) site;
    (void) caller;
}
#endif

#endif
