/* SPDX-License-Identifier: MIT */
/*
 * The comparison of a region with limits. All limits passed here have the scope of the region; see
 * at_limits_select(). The caller has suspended tracking.
 */
#ifndef AT_VERDICT_VERDICT_H
#define AT_VERDICT_VERDICT_H

#include "verdict/limits.h"

/* Return the options of a region that is compared with `limits`. Scope, trap and counters of other
   processes are the caller's to set. */
struct at_region_options at_verdict_region_options(const struct at_limits *limits);

/* Let the open region record the call sites that a message about the limits needs, and for each
   metric the call site that goes over its limit. */
void at_verdict_set_bounds(struct at_region *region, const struct at_limits *limits);

/* End the region. Find its leaks first if their number is not within the limits. */
void at_verdict_end_region(struct at_region *region, const struct at_limits *limits);

/* Return whether the region is within the limits and was observed completely. An invalid budget is
   never met, and without any limit every region is within. */
bool at_verdict_is_within(const struct at_region *region, const struct at_limits *limits);

/* Return whether a metric of `usage` is above its limit, or within it. */
bool at_usage_is_above(const struct at_usage *usage, const struct at_limits *limits,
                       enum at_metric metric);
bool at_usage_is_within(const struct at_usage *usage, const struct at_limits *limits,
                        enum at_metric metric);

#endif
