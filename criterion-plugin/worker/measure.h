/* SPDX-License-Identifier: MIT */
/*
 * The measured body of the worker's test: its regions, one for each scope, from the body's
 * beginning to the verdict, which for leaks comes after the fixtures' fini, and the record for the
 * runner. All but the last two functions are called with tracking suspended, by the thread that
 * runs the body.
 */
#ifndef CRITERION_ALLOC_WORKER_MEASURE_H
#define CRITERION_ALLOC_WORKER_MEASURE_H

#include "shared/state.h"

/* Finds the test on the shared state; NULL, or why it cannot be measured. */
const char *criterion_alloc_measure_find_test(void);

/* Where the test is written, and which of its parameters this is. */
const char *criterion_alloc_measure_file(void);
unsigned criterion_alloc_measure_line(void);
void criterion_alloc_measure_set_parameter(const void *parameter);

/* Return the limits of the test in force; cr_set_alloc_budget() adds to them. */
const struct at_limits *criterion_alloc_measure_limits(void);
void criterion_alloc_measure_set_budget(const struct at_budget *budget, const char *file,
                                        unsigned line);

/*
 * Return whether the body has a region, and blocks are tracked from before the fixtures on. If not,
 * only counters are kept: the test has no limit, the run wants no usage, and no macro of the suite
 * needs earlier blocks. Known after criterion_alloc_measure_find_test().
 */
bool criterion_alloc_measure_is_tracked(void);

/* Open the regions of one run of the body. Return false if there is no memory for them. */
bool criterion_alloc_measure_begin(void);

/* Judges the run. Of the last one, what leaked is left to _judge_late() if the test has fixtures
   that may still release it, unless it may not wait for them. */
void criterion_alloc_measure_judge(bool last, bool may_wait);

/* Does anything wait for that? */
bool criterion_alloc_measure_is_late(void);
void criterion_alloc_measure_judge_late(void);

/* If the body was left by a failed assertion: what it did until then is recorded, not judged. */
bool criterion_alloc_measure_abandon(void);

/* Record that the test could not be observed, and why. Return whether it fails for that: a suite
   that does not know of the plugin keeps its verdicts, unless a limit was set for it. */
bool criterion_alloc_measure_record_unobserved(const char *reason);

/* The test has a verdict: the runner need not check the worker slot. */
void criterion_alloc_measure_set_judged(void);

/* Return the counter of statements in progress that are over their budgets, for the runner, or NULL
   without a worker slot. */
uint32_t *criterion_alloc_measure_n_over(void);

struct at_usage criterion_alloc_measure_usage(void);

#endif
