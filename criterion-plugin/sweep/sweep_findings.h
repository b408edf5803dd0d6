/* SPDX-License-Identifier: MIT */
/*
 * The findings of an allocation-failure sweep, and its messages. A finding is a failure of a run: a
 * crash, a leak, a failed assertion.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_FINDINGS_H
#define CRITERION_ALLOC_SWEEP_SWEEP_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sweep/sweep.h"

struct criterion_alloc_findings;

/* Return an empty set of findings, or NULL without memory. Release it with
   criterion_alloc_findings_free(). */
struct criterion_alloc_findings *criterion_alloc_findings_new(void);
void criterion_alloc_findings_free(struct criterion_alloc_findings *findings);

/* Add a finding if the run `sweep->run` failed. `nth` is the number of the allocation that failed
   in the run, 0 for none, and `status` the wait status of the child process. The run without a
   failure must come first. */
void criterion_alloc_findings_examine(struct criterion_alloc_findings *findings,
                                      const struct cri_alloc_sweep *sweep, uint64_t nth,
                                      int status);

/* Send the findings as a failed assertion. Return false if there are none. */
bool criterion_alloc_findings_send(const struct criterion_alloc_findings *findings,
                                   const struct cri_alloc_sweep *sweep);

/* Send a failed assertion about the sweep itself: `what` failed, because of `why`. */
void criterion_alloc_sweep_fail(const struct cri_alloc_sweep *sweep, const char *what,
                                const char *why);

/* If ALLOC_TRACKER_VERBOSE=1 is set, print the number of allocations that the sweep made to fail.
   Call this function for a sweep that passes. */
void criterion_alloc_sweep_print(const struct cri_alloc_sweep *sweep);

#endif
