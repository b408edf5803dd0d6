/* SPDX-License-Identifier: MIT */
/* See report_fields.h. No member is required here, because the required members depend on the
   program that wrote the file. */
#include "session/report_fields.h"

const char *const at_report_schemas[1] = { "alloc-tracker-operation/1" };

const struct at_member at_report_members[AT_N_REPORT_MEMBERS] = {
    { "schema", at_report_read_schema, false },
    { "operation", at_report_read_operation, false },
    { "total_iterations", at_report_read_count, false },
    { "total_bytes_allocated", at_report_read_count, false },
    { "total_allocations_count", at_report_read_count, false },
    { "span_count", at_report_read_count, false },
    { "slope_bytes_per_iteration", at_report_read_crate_value, false },
    { "interval_low_bytes_per_iteration", at_report_read_crate_value, false },
    { "interval_high_bytes_per_iteration", at_report_read_crate_value, false },
    { "slope_allocations_per_iteration", at_report_read_crate_value, false },
    { "interval_low_allocations_per_iteration", at_report_read_crate_value, false },
    { "interval_high_allocations_per_iteration", at_report_read_crate_value, false },
    { "slope_peak_bytes", at_report_read_crate_value, false },
    { "interval_low_peak_bytes", at_report_read_crate_value, false },
    { "interval_high_peak_bytes", at_report_read_crate_value, false },
    { "spans_with_iterations", at_report_read_count, false },
    { "tracked_spans", at_report_read_count, false },
    { "max_peak_bytes", at_report_read_count, false },
    { "max_live_bytes", at_report_read_count, false },
    { "min_live_bytes", at_report_read_count, false },
    { "bytes_per_iteration", at_report_read_estimate, false },
    { "allocations_per_iteration", at_report_read_estimate, false },
    { "peak_bytes", at_report_read_estimate, false },
    { "moments", at_report_read_sums, false },
    { NULL, at_scan_ignored, false },
};

const struct at_report_count at_report_counts[AT_N_COUNTS] = {
    { offsetof(struct at_moments, iterations), false },
    { offsetof(struct at_moments, bytes.total), false },
    { offsetof(struct at_moments, allocs.total), false },
    { offsetof(struct at_moments, spans), false },
    { offsetof(struct at_moments, rated_spans), false },
    { offsetof(struct at_moments, tracked_spans), false },
    { offsetof(struct at_moments, max_peak), true },
    { offsetof(struct at_moments, max_live), true },
    { offsetof(struct at_moments, min_live), true },
};

const size_t at_report_estimates[AT_N_ESTIMATES] = {
    offsetof(struct at_statistics, bytes),
    offsetof(struct at_statistics, allocs),
    offsetof(struct at_statistics, peak),
};

const size_t at_report_values[AT_N_VALUES] = {
    offsetof(struct at_estimate, slope),
    offsetof(struct at_estimate, low),
    offsetof(struct at_estimate, high),
};

const size_t at_report_metrics[AT_N_METRICS] = {
    offsetof(struct at_moments, bytes),
    offsetof(struct at_moments, allocs),
};

const struct at_member at_report_extremes[AT_N_EXTREMES + 1] = {
    { "min", at_report_read_extreme, false },
    { "max", at_report_read_extreme, false },
    { NULL, at_scan_ignored, false },
};

const size_t at_report_extreme_offsets[AT_N_EXTREMES] = {
    offsetof(struct at_metric_moments, min),
    offsetof(struct at_metric_moments, max),
};

const struct at_member at_report_sums[AT_N_SUMS + 1] = {
    { "nn", at_report_read_sum, true },
    { "nnnn", at_report_read_sum, true },
    { "bytes_nt", at_report_read_sum, true },
    { "bytes_nntt", at_report_read_sum, true },
    { "bytes_nnnt", at_report_read_sum, true },
    { "allocations_nt", at_report_read_sum, true },
    { "allocations_nntt", at_report_read_sum, true },
    { "allocations_nnnt", at_report_read_sum, true },
    { "peak_t", at_report_read_sum, false },
    { "peak_nt", at_report_read_sum, false },
    { "peak_nntt", at_report_read_sum, false },
    { "peak_nnnt", at_report_read_sum, false },
    { NULL, at_scan_ignored, false },
};

const size_t at_report_sum_offsets[AT_N_SUMS] = {
    offsetof(struct at_moments, nn),
    offsetof(struct at_moments, nnnn),
    offsetof(struct at_moments, bytes.sums.nt),
    offsetof(struct at_moments, bytes.sums.nntt),
    offsetof(struct at_moments, bytes.sums.nnnt),
    offsetof(struct at_moments, allocs.sums.nt),
    offsetof(struct at_moments, allocs.sums.nntt),
    offsetof(struct at_moments, allocs.sums.nnnt),
    offsetof(struct at_moments, peak_t),
    offsetof(struct at_moments, peak.nt),
    offsetof(struct at_moments, peak.nntt),
    offsetof(struct at_moments, peak.nnnt),
};
