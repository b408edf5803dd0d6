/* SPDX-License-Identifier: MIT */
/*
 * The metrics of a region that a limit can bound, in the order in which messages and results list
 * them.
 */
#ifndef AT_TRACK_METRIC_H
#define AT_TRACK_METRIC_H

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

#endif
