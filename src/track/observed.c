/* SPDX-License-Identifier: MIT */
/* See observed.h. */
#include "track/observed.h"

#include "alloc_tracker/observable.h"
#include "attribution/unobserved.h"
#include "track/tracker.h"

static const char *unobservable = /* atomic: the reason, or NULL */
    "alloc_tracker starts in a constructor that has not run yet; begin to measure in main or later";

static void (*pending_trial)(void); /* atomic */

void at_observed_set_reason(const char *reason)
{
    __atomic_store_n(&unobservable, reason, __ATOMIC_RELEASE);
    if (reason) /* for regions that are open already */
        at_tracker_drop();
}

const char *at_observed_reason(void)
{
    return __atomic_load_n(&unobservable, __ATOMIC_ACQUIRE);
}

void at_observed_set_trial(void (*trial)(void))
{
    __atomic_store_n(&pending_trial, trial, __ATOMIC_RELEASE);
}

bool at_is_observable(const char **reason)
{
    void (*trial)(void) = __atomic_load_n(&pending_trial, __ATOMIC_ACQUIRE);
    if (trial && !at_observed_reason())
        trial();
    const char *why = at_observed_reason();
    if (!why)
        why = at_unobserved_reason();
    if (reason)
        *reason = why;
    return !why;
}

bool at_observed_settle(const char **reason)
{
    bool observable = at_is_observable(reason);
    while (observable && __atomic_load_n(&pending_trial, __ATOMIC_ACQUIRE))
        observable = at_is_observable(reason);
    return observable;
}

enum at_observed at_region_observed(const struct at_region *region, const char **reason)
{
    const char *why = region->unobserved;
    if (region->open)
        at_observed_settle(&why);
    enum at_observed observed = why ? AT_UNOBSERVED : AT_OBSERVED;
    if (!why && at_region_usage(region).dropped) {
        observed = AT_OBSERVED_PARTLY;
        why = "events did not fit the tracker's tables, so every metric may be too low; give the "
              "process more address space (ulimit -v)";
    }
    if (reason)
        *reason = why;
    return observed;
}
