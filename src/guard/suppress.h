/* SPDX-License-Identifier: MIT */
/*
 * Suppressions, as the slow path and the plugin use them. The public functions are in
 * <alloc_tracker/suppress.h>.
 *
 * A pattern matches names. So while there are patterns, the names of each call site are looked up
 * once, by the first thread that reaches the site. It does so outside the tracker, because it may
 * wait for the loader's lock, and may call malloc to demangle a C++ name.
 */
#ifndef AT_GUARD_SUPPRESS_H
#define AT_GUARD_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/suppress.h"
#include "attribution/site.h"

/* As at_suppress(). `*used` is set to 1 when the pattern matches, for other processes that share
   this memory. `used` may be NULL. */
enum at_status at_suppress_watched(const char *pattern, uint32_t *used);

/* Return true if there is a pattern. */
bool at_suppress_is_active(void);

/* Return true if the site was compared with all patterns. */
bool at_suppress_is_decided(const struct at_call_site *site);

/* Compare the site with all patterns. Not inside the tracker. */
void at_suppress_decide(const struct at_call_site *site);

#endif
