/* SPDX-License-Identifier: MIT */
/*
 * The indices of parameters. Criterion gives a worker a copy of one element of the array that the
 * test's generator made, without its index. So the runner puts the index behind each element, and
 * stores the offset of the index in the test's entry.
 */
#ifndef CRITERION_ALLOC_RUNNER_PARAMETERS_H
#define CRITERION_ALLOC_RUNNER_PARAMETERS_H

#include "shared/state.h"

struct criterion_test_set;

/* Make every parameterised test of `set` put the index behind each parameter. Call this function
   before the first test. */
void criterion_alloc_parameters_number(struct criterion_alloc_shared *shared,
                                       struct criterion_test_set *set);

#endif
