/* SPDX-License-Identifier: MIT */
/* The statistics of a row, and two rows merged, with or without sums. See report.h. */
#include <math.h>

#include "session/report.h"

struct at_statistics at_report_row_statistics(const struct at_report_row *row)
{
    struct at_statistics statistics = at_moments_statistics(&row->moments);
    if (!row->lacks_sums)
        return statistics;
    double bytes = statistics.bytes.mean, allocs = statistics.allocs.mean;
    statistics = row->estimates;
    statistics.spans = row->moments.spans;
    statistics.bytes.mean = bytes;
    statistics.allocs.mean = allocs;
    return statistics;
}

void at_report_row_merge(struct at_report_row *into, const struct at_report_row *from)
{
    at_moments_merge(&into->moments, &from->moments);
    into->lacks_sums |= from->lacks_sums;
    if (!into->lacks_sums)
        return;
    into->moments.bytes.min = into->moments.bytes.max = NAN;
    into->moments.allocs.min = into->moments.allocs.max = NAN;
    into->estimates.bytes = into->estimates.allocs = into->estimates.peak = at_estimate_none();
}
