/* SPDX-License-Identifier: MIT */
/*
 * The measurement of the test's body. Each run of the body has one region, and a second one if a
 * limit has the scope AT_THREAD. After the run, the usage is compared with the limits, and a record
 * goes to the runner. Leaks are compared after the fixtures' fini.
 *
 * The thread that runs the body calls these functions, with tracking suspended. Only
 * criterion_alloc_measure_n_over() is for any thread.
 */
#ifndef CRITERION_ALLOC_WORKER_MEASURE_H
#define CRITERION_ALLOC_WORKER_MEASURE_H

#include "shared/state.h"

/* Find the test in the shared state and read its limits. Return NULL, or the reason why the test
   cannot be measured. */
const char *criterion_alloc_measure_find_test(void);

/* Return the file and the line of the test. The file is never NULL. */
const char *criterion_alloc_measure_file(void);
unsigned criterion_alloc_measure_line(void);

/* Store which parameter the test runs with. `parameter` is the argument of the body, or NULL for a
   test without parameters. */
void criterion_alloc_measure_set_parameter(const void *parameter);

/* Return the limits that apply to the test. */
const struct at_limits *criterion_alloc_measure_limits(void);

/* Add the limits of a cr_set_alloc_budget() at `file` and `line`. */
void criterion_alloc_measure_set_budget(const struct at_budget *budget, const char *file,
                                        unsigned line);

/*
 * Return whether the test is tracked: blocks are tracked from before the fixtures, and the body has
 * a region. Otherwise the test is only counted, because it has no limit, the run needs no usage,
 * and no macro of the suite needs earlier blocks. Valid after criterion_alloc_measure_find_test().
 */
bool criterion_alloc_measure_is_tracked(void);

/* Begin a run of the body and open its regions. Return false if there is no memory for them. */
bool criterion_alloc_measure_begin(void);

/*
 * End a run of the body, compare its usage with the limits, and send the verdict. `last`: no other
 * run follows. `may_wait`: the fixtures' fini will run; otherwise exit() left the body, and its
 * live blocks are not leaks. If the last run may wait and a fixture has a fini, the regions stay
 * open, and criterion_alloc_measure_check_leaks() compares the leaks.
 */
void criterion_alloc_measure_end(bool last, bool may_wait);

/* Return whether criterion_alloc_measure_check_leaks() must be called after the fixtures' fini. */
bool criterion_alloc_measure_is_late(void);
void criterion_alloc_measure_check_leaks(void);

/* End a run of the body that a failed assertion left. Record the usage until then, without leaks,
   and send no verdict. Return false if no run is in progress. */
bool criterion_alloc_measure_abandon(void);

/* Record that the test was not observed, with the reason. Return whether the test must fail. A
   suite that was not linked with the plugin keeps its verdicts, unless a limit that fails applies
   to the test. */
bool criterion_alloc_measure_record_unobserved(const char *reason);

/* Give the worker slot back, because the test has a verdict. The runner then does not check the
   slot. If the runner needs the slot, because there is no record, do nothing. */
void criterion_alloc_measure_give_slot_back(void);

/* Return the address of the number of unfinished statements that are over their budgets. The runner
   reads this number. Return NULL without a worker slot. */
uint32_t *criterion_alloc_measure_n_over(void);

/* Return the usage of the body so far, in the process. If the body has no region, fail the test as
   unobserved and return zeros. */
struct at_usage criterion_alloc_measure_usage(void);

#endif
