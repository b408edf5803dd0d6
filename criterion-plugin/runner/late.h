/* SPDX-License-Identifier: MIT */
/*
 * Verdicts on leaks, which are known only after the fixtures' fini. At that time Criterion has
 * printed and counted the test's verdict already: it shows the failed assertion, but the test
 * passes. So the runner delays the line of such a test, and corrects Criterion's counts.
 */
#ifndef CRITERION_ALLOC_RUNNER_LATE_H
#define CRITERION_ALLOC_RUNNER_LATE_H

#include "shared/state.h"

/* Put a logger in front of Criterion's, which delays the lines of tests with late verdicts. Call
   this function before the first test. */
void criterion_alloc_late_start(struct criterion_alloc_shared *shared);

/* Print the lines that are still delayed, and correct the counts of `all`. Call this function after
   the last test, when tests whose processes died have their verdicts. */
void criterion_alloc_late_finish(struct criterion_global_stats *all);

#endif
