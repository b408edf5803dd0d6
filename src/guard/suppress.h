/* SPDX-License-Identifier: MIT */
/*
 * Suppressions as the slow path and the plugin see them; <alloc_tracker/suppress.h> is the public
 * face.
 *
 * A pattern is about names, so each new call site is resolved once while there are patterns: by the
 * thread that first comes to it, outside the tracker, since it may wait for the loader's lock and
 * call malloc for a C++ name.
 */
#ifndef AT_GUARD_SUPPRESS_H
#define AT_GUARD_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/suppress.h"
#include "attribution/site.h"

/* at_suppress(), and `*used`, unless NULL, is set to 1 when the pattern matches: for a process that
   looks at it from outside. */
enum at_status at_suppress_watched(const char *pattern, uint32_t *used);

/* Is there any pattern? */
bool at_suppress_is_active(void);

/* Have all patterns been held against the site? */
bool at_suppress_is_decided(const struct at_call_site *site);

/* Does that. Not in the tracker. */
void at_suppress_decide(const struct at_call_site *site);

#endif
