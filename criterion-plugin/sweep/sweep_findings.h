/* SPDX-License-Identifier: MIT */
/*
 * What the runs of an allocation-failure sweep did that they must not, and what a sweep says.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_FINDINGS_H
#define CRITERION_ALLOC_SWEEP_SWEEP_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sweep/sweep.h"

struct criterion_alloc_findings;

/* None yet; NULL where the kernel refused memory. */
struct criterion_alloc_findings *criterion_alloc_findings_new(void);
void criterion_alloc_findings_free(struct criterion_alloc_findings *findings);

/* Looks at `sweep->run`, in which allocation `nth` was to fail, 0 for none, after its child ended
   with the wait status `status`. The one for none comes first. */
void criterion_alloc_findings_examine(struct criterion_alloc_findings *findings,
                                      const struct cri_alloc_sweep *sweep, uint64_t nth,
                                      int status);

/* Sends what was found as a failed assertion; false if there is nothing. */
bool criterion_alloc_findings_send(const struct criterion_alloc_findings *findings,
                                   const struct cri_alloc_sweep *sweep);

/* Sends a failed assertion about the sweep itself. */
void criterion_alloc_sweep_fail(const struct cri_alloc_sweep *sweep, const char *what,
                                const char *why);

/* ALLOC_TRACKER_VERBOSE=1: how many allocations a sweep that passes made to fail. */
void criterion_alloc_sweep_tell(const struct cri_alloc_sweep *sweep);

#endif
