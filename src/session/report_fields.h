/* SPDX-License-Identifier: MIT */
/*
 * The members of a report file, with their names and their places in a row of the report. Writer
 * and reader use the same tables, so each name is defined once.
 */
#ifndef AT_SESSION_REPORT_FIELDS_H
#define AT_SESSION_REPORT_FIELDS_H

#include "base/json_scan.h"
#include "session/report.h"

/* The members of a file, in the order in which they are written: first the members that the files
   of the Rust crate have, too. A value is a part of an estimate: slope, low or high. */
enum {
    AT_REPORT_SCHEMA,
    AT_REPORT_OPERATION,
    AT_REPORT_COUNTS, /* index of the first whole number */
    AT_N_CRATE_COUNTS = 4,
    AT_REPORT_VALUES = AT_REPORT_COUNTS + AT_N_CRATE_COUNTS, /* of the first value */
    AT_N_ESTIMATES = 3,
    AT_N_VALUES = 3, /* of an estimate */
    AT_REPORT_OWN_COUNTS = AT_REPORT_VALUES + AT_N_ESTIMATES * AT_N_VALUES,
    AT_N_COUNTS = AT_N_CRATE_COUNTS + 5,
    AT_REPORT_ESTIMATES = AT_REPORT_OWN_COUNTS + AT_N_COUNTS - AT_N_CRATE_COUNTS,
    AT_REPORT_SUMS = AT_REPORT_ESTIMATES + AT_N_ESTIMATES,
    AT_N_REPORT_MEMBERS = AT_REPORT_SUMS + 2, /* with the row for unknown members */
    AT_COUNT_SPANS = 3,                       /* index of "span_count" in the whole numbers */
};

/* The first estimates are of metrics with extremes. */
enum { AT_N_METRICS = 2, AT_N_EXTREMES = 2 };

/* The exact sums. The sums of the peak are missing if the operation has no peak, and in files of
   earlier versions. */
enum { AT_PEAK_SUMS = 8, AT_N_SUMS = AT_PEAK_SUMS + 4 };

/* Where a whole number is stored. */
struct at_report_count {
    size_t offset; /* in struct at_moments */
    bool is_signed;
};

extern const char *const at_report_schemas[1];
extern const struct at_member at_report_members[AT_N_REPORT_MEMBERS];
extern const struct at_report_count at_report_counts[AT_N_COUNTS];

/* The estimates in struct at_statistics, and their values in struct at_estimate. */
extern const size_t at_report_estimates[AT_N_ESTIMATES];
extern const size_t at_report_values[AT_N_VALUES];

/* The metrics in struct at_moments, and their extremes in struct at_metric_moments. The extremes
   are the only members of an estimate that are read: the others follow from the sums. */
extern const size_t at_report_metrics[AT_N_METRICS];
extern const struct at_member at_report_extremes[AT_N_EXTREMES + 1];
extern const size_t at_report_extreme_offsets[AT_N_EXTREMES];

/* The exact sums in struct at_moments. */
extern const struct at_member at_report_sums[AT_N_SUMS + 1];
extern const size_t at_report_sum_offsets[AT_N_SUMS];

/* Readers of a value, for the tables. The context is the state of the reader of the file. */
at_scan_value at_report_read_schema, at_report_read_operation, at_report_read_count,
    at_report_read_crate_value, at_report_read_estimate, at_report_read_extreme, at_report_read_sum,
    at_report_read_sums;

#endif
