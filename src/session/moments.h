/* SPDX-License-Identifier: MIT */
/*
 * Totals, extremes and exact sums of an operation's spans. The statistics follow from the sums. Two
 * sets of moments merge exactly, in any order.
 */
#ifndef AT_SESSION_MOMENTS_H
#define AT_SESSION_MOMENTS_H

#include "alloc_tracker/report.h"
#include "base/wide.h"

/* The sums from which a metric is estimated. A span has n iterations and t bytes or allocations. A
   peak p is a level, which does not grow with n. So t = np for the peak: then the slope is the mean
   of the peaks, each with the weight n². */
struct at_sums {
    struct at_wide nt;   /* Σnt */
    struct at_wide nntt; /* Σn²t² */
    struct at_wide nnnt; /* Σn³t */
};

/* The moments of bytes or allocations. */
struct at_metric_moments {
    uint64_t total;
    double min; /* of t / n; NaN before the first span with iterations */
    double max;
    struct at_sums sums;
};

/* The sums of all spans. */
struct at_moments {
    uint64_t spans;
    uint64_t rated_spans; /* spans with iterations */
    uint64_t iterations;
    struct at_wide nn;   /* Σn² */
    struct at_wide nnnn; /* Σn⁴ */
    struct at_metric_moments bytes;
    struct at_metric_moments allocs;
    uint64_t tracked_spans;
    int64_t max_peak; /* of the tracked spans, in bytes; 0 without any */
    int64_t max_live;
    int64_t min_live;
    uint64_t peak_spans;   /* number of spans in the sums of the peak: all spans. If one span has no
                              peak, 0, and the sums are 0: then the operation has no peak */
    struct at_wide peak_t; /* Σnp */
    struct at_sums peak;
};

/* The counts of one span. */
struct at_sample {
    uint64_t iterations;
    uint64_t bytes;
    uint64_t allocs;
};

/* Set the moments of no spans. */
void at_moments_init(struct at_moments *moments);

/* Add spans without a peak. */
void at_moments_add(struct at_moments *moments, const struct at_sample *samples, size_t n_samples);

/* Add a tracked span with its peak, at least 0, and live, in bytes. */
void at_moments_add_tracked(struct at_moments *moments, const struct at_sample *sample,
                            int64_t peak, int64_t live);

/* Add the spans of `from` to `into`. */
void at_moments_merge(struct at_moments *into, const struct at_moments *from);

/* Return an estimate without any value. */
struct at_estimate at_estimate_none(void);

struct at_statistics at_moments_statistics(const struct at_moments *moments);

#endif
