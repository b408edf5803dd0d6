/* SPDX-License-Identifier: MIT */
/*
 * The process that runs one test: what its assertions need to know about it.
 */
#ifndef CRITERION_ALLOC_WORKER_WORKER_H
#define CRITERION_ALLOC_WORKER_WORKER_H

#include "alloc_tracker/criterion.h"
#include "verdict/limits.h"

/* Is this the worker itself, rather than a child that the test forked? */
bool criterion_alloc_in_test(void);

/* Is this a child of it? */
bool criterion_alloc_is_child(void);

/* Print a failed assertion of this child on standard error. */
void criterion_alloc_print_in_child(const char *message, const char *file, size_t line);

/* Call `function` from now on when an assertion fails in this child. */
void criterion_alloc_child_on_failure(void (*function)(void));

/* May a failed assertion leave by longjmp: is this the worker's main thread? */
bool criterion_alloc_may_abort(void);

/* Would a jump to a frame with that stack pointer, on the worker's main thread, end the test? */
bool criterion_alloc_ends_test(uintptr_t stack_pointer);

/* Where statements that have gone over their budgets are counted for the runner, or NULL. */
uint32_t *criterion_alloc_n_over(void);

/* NULL if allocations are observed, else why not; the test has been failed for it already. */
const char *criterion_alloc_unobserved(void);

/* Track blocks from now on until the worker ends, with or without an open region. A statement calls
   this function, so that the next statement finds the memory of the tracker. */
void criterion_alloc_track(void);

/* Return whether the sizes of blocks from before a statement are known. */
bool criterion_alloc_knows_sizes(void);

/*
 * Sends a failed assertion to the runner, or, from a child that the test forked, where Criterion
 * cannot hear it, writes it to standard error. Suspends tracking meanwhile.
 */
void criterion_alloc_send(const char *message, const char *file, unsigned line);

/* Send a failed assertion: a use of a macro needs earlier blocks, but they were not tracked. The
   message is "HEADLINE FILE:LINE: not observed: ...". */
void criterion_alloc_send_unobserved(const char *headline, const char *file, unsigned line);

#endif
