/* SPDX-License-Identifier: MIT */
/*
 * The metrics of a region that a limit can bound, in the order in which messages and results list
 * them.
 */
#ifndef AT_TRACK_METRIC_H
#define AT_TRACK_METRIC_H

#include <stddef.h>
#include <stdint.h>

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

/* Return a metric of `usage`. A table, since every event of a region with bounds passes here. */
static inline int64_t at_usage_value(const struct at_usage *usage, enum at_metric metric)
{
    static const uint8_t offsets[AT_N_METRICS] = {
        [AT_METRIC_ALLOCS] = offsetof(struct at_usage, allocs),
        [AT_METRIC_REALLOCS] = offsetof(struct at_usage, reallocs),
        [AT_METRIC_FREES] = offsetof(struct at_usage, frees),
        [AT_METRIC_BYTES] = offsetof(struct at_usage, bytes),
        [AT_METRIC_PEAK] = offsetof(struct at_usage, peak),
        [AT_METRIC_LIVE] = offsetof(struct at_usage, live),
        [AT_METRIC_LEAKS] = offsetof(struct at_usage, leaks),
    };
    return *(const int64_t *) (const void *) ((const char *) usage + offsets[metric]);
}

#endif
