/* SPDX-License-Identifier: MIT */
/*
 * Built with -Dcheck_stacks=true, every answer of the stack cache is compared with the plain
 * unwinder's; the first difference prints both stacks and aborts. Otherwise nothing is here.
 */
#ifndef AT_UNWIND_CHECK_H
#define AT_UNWIND_CHECK_H

#include "attribution/site.h"

#ifdef AT_CHECK_STACKS
/* `site` as the cache has it, whose stack ends at `caller`; one without frames is an answer of
   at_site_is_counted(). */
void at_check_site(const struct at_call_site *site, const void *caller);
#else
static inline void at_check_site(const struct at_call_site *site, const void *caller)
{
    (void) site;
    (void) caller;
}
#endif

#endif
