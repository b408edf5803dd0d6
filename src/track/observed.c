/* SPDX-License-Identifier: MIT */
/* See observed.h. */
#include "track/observed.h"

#include "track/tracker.h"

enum at_observed at_region_observed(const struct at_region *region, const char **reason)
{
    const char *why = region->unobserved;
    if (region->open)
        at_tracker_is_observed(&why);
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
