/* SPDX-License-Identifier: MIT */
/*
 * Calls that allocate on their first use only, or for a reason that their name does not tell.
 */
#ifndef CRITERION_ALLOC_WORKER_HINTS_H
#define CRITERION_ALLOC_WORKER_HINTS_H

/* For the function that the user's code called, as a trace names it: a line that says why it
   allocates and what to do, or NULL. */
const char *criterion_alloc_hint(const char *function);

#endif
