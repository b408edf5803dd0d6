/* SPDX-License-Identifier: MIT */
/*
 * Hints: functions that allocate at their first use only, or for a reason that their name does not
 * show.
 */
#ifndef AT_VERDICT_HINTS_H
#define AT_VERDICT_HINTS_H

#include "attribution/site.h"
#include "track/metric.h"

/* Return why a call site allocates, and what to do, in one line. `function` is the function that
   the user's code called, as a trace names it. `metric` is that of the list. Return NULL if there
   is no hint. */
const char *at_hint_find(const struct at_call_site *site, const char *function,
                         enum at_metric metric);

#endif
