/* SPDX-License-Identifier: MIT */
/*
 * Verdicts that come after the test has ended for Criterion: on leaks, once the fixtures' fini have
 * run. Criterion shows such an assertion and passes the test all the same, and it has printed and
 * counted a verdict by then. So the runner prints the verdict of such a test later, and counts it
 * anew.
 */
#ifndef CRITERION_ALLOC_RUNNER_LATE_H
#define CRITERION_ALLOC_RUNNER_LATE_H

#include "shared/state.h"

/* Before the first test: puts our logger in front of Criterion's. */
void criterion_alloc_late_start(struct criterion_alloc_shared *shared);

/* After the last, when those whose processes died are judged: concludes what no fini did, and
   corrects the sums. */
void criterion_alloc_late_finish(struct criterion_global_stats *all);

#endif
