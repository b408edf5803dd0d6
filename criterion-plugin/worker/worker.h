/* SPDX-License-Identifier: MIT */
/*
 * The worker, which is the process that runs one test. The assertions of the plugin use these
 * functions. All of them are thread-safe.
 */
#ifndef CRITERION_ALLOC_WORKER_WORKER_H
#define CRITERION_ALLOC_WORKER_WORKER_H

#include "alloc_tracker/criterion.h"
#include "verdict/limits.h"

/* Return whether this process is the worker itself, and not a child that the test forked. */
bool criterion_alloc_in_test(void);

/* Return whether nothing is measured and no limit is checked: ALLOC_TRACKER=off. Then
   criterion_alloc_unobserved() returns a reason too, but the test has not failed. */
bool criterion_alloc_is_off(void);

/* Return whether this process is a child that the test forked. */
bool criterion_alloc_is_child(void);

/* Print a failed assertion of this child on standard error. */
void criterion_alloc_print_in_child(const char *message, const char *file, size_t line);

/* In exit() of a child: end this child with EXIT_FAILURE if one of its assertions failed. Otherwise
   return. */
void criterion_alloc_child_end_if_failed(void);

/* Call `function` from now on when an assertion fails in this child. */
void criterion_alloc_child_on_failure(void (*function)(void));

/* Return whether a failed assertion may end the test by longjmp: only on the thread of the body. */
bool criterion_alloc_may_abort(void);

/* Return whether a jump to a frame with this stack pointer, on the thread of the body, ends the
   test. */
bool criterion_alloc_ends_test(uintptr_t stack_pointer);

/* Return the address of the number of unfinished statements over their budgets, which the runner
   reads, or NULL in another process. */
uint32_t *criterion_alloc_n_over(void);

/* Return NULL if allocations are observed. Otherwise return the reason; the test has failed with
   this reason already. */
const char *criterion_alloc_unobserved(void);

/* Track blocks from now on until the worker ends, with or without an open region. A statement calls
   this function, so that the next statement finds the memory of the tracker. */
void criterion_alloc_track(void);

/* Return whether the sizes of blocks from before a statement are known. */
bool criterion_alloc_knows_sizes(void);

/*
 * Send a failed assertion to the runner. A child that the test forked has no connection to the
 * runner, so there the function prints the message on standard error. Tracking is suspended in this
 * function.
 */
void criterion_alloc_send(const char *message, const char *file, unsigned line);

/* Send a failed assertion: a use of a macro needs earlier blocks, but they were not tracked. The
   message is "WHAT at FILE:LINE: not observed: ...". */
void criterion_alloc_send_unobserved(const char *what, const char *file, unsigned line);

#endif
