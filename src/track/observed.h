/* SPDX-License-Identifier: MIT */
/*
 * Was everything observed? at_region_observed() decides for each region that ends: the region of a
 * test's budget, a statement, a block, a criterion, a run of a sweep, a span, or a program.
 *
 * Allocations of the process are observable unless there is a reason against it. The self-probe
 * sets this reason (interpose/probe.c). The self-probe may also set a trial, which finds the reason
 * later, because it calls functions of the program.
 */
#ifndef AT_TRACK_OBSERVED_H
#define AT_TRACK_OBSERVED_H

#include "track/region.h"

enum at_observed {
    AT_OBSERVED = 0,    /* everything was observed: a zero is a zero */
    AT_OBSERVED_PARTLY, /* events were dropped: every metric may be too low */
    AT_UNOBSERVED,      /* some allocations may not have reached this library */
};

/* Return the state of a region that has ended, or the present state of an open one. Unless `reason`
   is NULL, `*reason` is set to a sentence with cause and remedy, in static storage, or to NULL for
   AT_OBSERVED. Not inside an allocation, and not with the tracker's lock held. */
enum at_observed at_region_observed(const struct at_region *region, const char **reason);

/* Set the reason why allocations are not observable, a sentence with cause and remedy in static
   storage, or NULL if they are. Regions that are open become incomplete. Thread-safe. */
void at_observed_set_reason(const char *reason);

/* Return the reason that was set last, without running the trial. Thread-safe. */
const char *at_observed_reason(void);

/* Set the function that at_is_observable() calls first, or NULL for none. It may call
   at_observed_set_reason(), and sets itself to NULL when it has a result. Several threads may call
   it at the same time. */
void at_observed_set_trial(void (*trial)(void));

/* As at_is_observable(), but repeat a trial until it has a result. For a region that ends or is
   read: it may not be read again. */
bool at_observed_settle(const char **reason);

#endif
