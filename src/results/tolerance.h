/* SPDX-License-Identifier: MIT */
/*
 * The metrics that a baseline records, and the tolerance of each: how much more a test may use, as
 * "+2" or "+5%".
 */
#ifndef AT_RESULTS_TOLERANCE_H
#define AT_RESULTS_TOLERANCE_H

#include "results/results.h"

enum at_baseline_metric {
    AT_BASELINE_ALLOCS,
    AT_BASELINE_BYTES,
    AT_BASELINE_PEAK,
    AT_BASELINE_LEAKS,
    AT_BASELINE_METRICS
};
extern const enum at_metric at_baseline_metrics[AT_BASELINE_METRICS];

/* Return the name of a metric of the baseline, by enum at_baseline_metric. */
const char *at_baseline_metric_name(size_t metric);

/* Zero-initialised allows nothing. */
struct at_tolerance {
    bool percent;
    int64_t amount; /* hundredths if it is a percentage; never negative */
};

/* Read "+2", "+5%" or "+2.5%". Return false, and write nothing, if `string` is none of these. */
bool at_tolerance_parse(const char *string, struct at_tolerance *tolerance);

/* Read "allocs+2" into the tolerance of that metric. Return false if `string` is malformed. */
bool at_tolerance_parse_named(const char *string,
                              struct at_tolerance tolerances[AT_BASELINE_METRICS]);

/* Append the form that at_tolerance_parse() reads. */
void at_tolerance_describe(struct at_text *text, const struct at_tolerance *tolerance);

/* Return the highest value that is within the tolerance of `value`; INT64_MAX at most. A percentage
   is rounded down. */
int64_t at_tolerance_limit(int64_t value, const struct at_tolerance *tolerance);

#endif
