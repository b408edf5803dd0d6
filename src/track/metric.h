/* SPDX-License-Identifier: MIT */
/*
 * The metrics of a region that a limit can bound, in the order in which messages and results list
 * them.
 */
#ifndef AT_TRACK_METRIC_H
#define AT_TRACK_METRIC_H

#include "alloc_tracker/region.h"

enum at_metric {
    AT_METRIC_ALLOCS = 0,
    AT_METRIC_REALLOCS,
    AT_METRIC_FREES,
    AT_METRIC_BYTES,
    AT_METRIC_PEAK,
    AT_METRIC_LIVE,
    AT_METRIC_LEAKS,
    AT_N_METRICS,
};

/* Return a metric of `usage`. */
static inline int64_t at_usage_value(const struct at_usage *usage, enum at_metric metric)
{
    switch (metric) {
        case AT_METRIC_ALLOCS: return (int64_t) usage->allocs;
        case AT_METRIC_REALLOCS: return (int64_t) usage->reallocs;
        case AT_METRIC_FREES: return (int64_t) usage->frees;
        case AT_METRIC_BYTES: return (int64_t) usage->bytes;
        case AT_METRIC_PEAK: return usage->peak;
        case AT_METRIC_LIVE: return usage->live;
        case AT_METRIC_LEAKS: return (int64_t) usage->leaks;
        case AT_N_METRICS: break;
    }
    return 0;
}

#endif
