/* SPDX-License-Identifier: MIT */
/*
 * Which parameter a worker runs. Criterion hands a worker a copy of one element of the array that
 * the test's generator made, and no index: so the runner puts the index behind each element.
 */
#ifndef CRITERION_ALLOC_SHARED_PARAMETERS_H
#define CRITERION_ALLOC_SHARED_PARAMETERS_H

#include "shared/state.h"

/* The runner's: has the indices put there, for every parameterised test. */
void criterion_alloc_parameters_number(struct criterion_alloc_shared *shared,
                                       struct criterion_test_set *set);

/* The worker's: the index behind `parameter`. */
int32_t criterion_alloc_parameter_index(const struct criterion_alloc_entry *entry,
                                        const void *parameter);

#endif
