/* SPDX-License-Identifier: MIT */
/* The records of the workers' tests, read by the runner: see shared/record.h. */
#ifndef CRITERION_ALLOC_RUNNER_RECORDS_H
#define CRITERION_ALLOC_RUNNER_RECORDS_H

#include "shared/record.h"

/* Copy the record of the worker with that id. Return false if it left none. */
bool criterion_alloc_record_get(const struct criterion_alloc_shared *shared, uint32_t worker_id,
                                struct criterion_alloc_record *record);

/* Append the members "budget" and "verdict" of a test's result. */
void criterion_alloc_record_add_budget(struct at_text *text, const struct at_limits *limits,
                                       enum at_verdict outcome);

#endif
