/* SPDX-License-Identifier: MIT */
/*
 * Which budget set each limit of the test, so that a message names the location of this budget: a
 * call of cr_set_alloc_budget(), or the test itself for a limit from before the test.
 */
#ifndef CRITERION_ALLOC_WORKER_SET_BUDGET_H
#define CRITERION_ALLOC_WORKER_SET_BUDGET_H

#include "verdict/describe.h"

/* Set the location of the test, which has every limit so far. */
void criterion_alloc_set_budget_start(const char *file, unsigned line);

/* As at_limits_set(), for a call at `file` and `line`. */
void criterion_alloc_set_budget_add(struct at_limits *limits, const struct at_limits *declared,
                                    const struct at_budget *budget, const char *file,
                                    unsigned line);

/*
 * Remove the limits of one budget from `*limits`, and return them: those of the first budget whose
 * limits the region exceeds. Store the headline of the message about them in `*headline`. Its text
 * is valid until the next call. The caller repeats this while the region is not within `*limits`.
 */
struct at_limits criterion_alloc_set_budget_take(struct at_limits *limits,
                                                 const struct at_region *region,
                                                 struct at_verdict_headline *headline);

#endif
