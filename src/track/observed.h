/* SPDX-License-Identifier: MIT */
/*
 * Was everything observed? Whoever says something about a region asks this when the region ends, or
 * later: a test's budget, a statement, a block, a criterion, a sweep's run, a span, a program.
 */
#ifndef AT_TRACK_OBSERVED_H
#define AT_TRACK_OBSERVED_H

#include "track/region.h"

enum at_observed {
    AT_OBSERVED = 0,    /* everything: a zero is a zero */
    AT_OBSERVED_PARTLY, /* events were dropped: every metric may be too low */
    AT_UNOBSERVED,      /* allocations may have passed by this library */
};

/* Answer for a region that has ended, or for an open one as of now. `*reason`, unless `reason` is
   NULL, is a sentence with the remedy, or NULL for AT_OBSERVED. Not on the hook path, and not with
   the tracker's lock held. */
enum at_observed at_region_observed(const struct at_region *region, const char **reason);

#endif
