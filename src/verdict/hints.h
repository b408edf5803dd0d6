/* SPDX-License-Identifier: MIT */
/*
 * Hints: functions that allocate at their first use only, or for a reason that their name does not
 * show.
 */
#ifndef AT_VERDICT_HINTS_H
#define AT_VERDICT_HINTS_H

/* Return why the function, as a trace names it, allocates, and what to do, in one line. Return NULL
   if there is no hint. */
const char *at_hint_find(const char *function);

#endif
