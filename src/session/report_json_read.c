/* SPDX-License-Identifier: MIT */
/* See report_json.h: the reader. */
#include <math.h>
#include <string.h>

#include "session/report_fields.h"
#include "session/report_json.h"

/* The state of a reader of one file. */
struct reader {
    struct at_text *name;
    struct at_report_row *row;
    uint32_t seen;                    /* bit i: the member i was read */
    uint32_t seen_sums;               /* the same for the exact sums */
    size_t estimate;                  /* index of the estimate that is being read */
    struct at_scan_place spans_place; /* of "span_count" */
    struct at_scan_place estimate_places[AT_N_ESTIMATES];
};

/* The members that a file must have: a file of this library, which has a schema or exact sums, and
   a file of the Rust crate. */
#define MEMBERS(First, After) ((1u << (After)) - (1u << (First)))
static const uint32_t own_members = MEMBERS(0, AT_REPORT_VALUES)
                                    | MEMBERS(AT_REPORT_OWN_COUNTS, AT_REPORT_ESTIMATES)
                                    | 1u << AT_REPORT_SUMS;
static const uint32_t crate_members = MEMBERS(AT_REPORT_OPERATION, AT_REPORT_VALUES)
                                      | 1u << AT_REPORT_VALUES
                                      | 1u << (AT_REPORT_VALUES + AT_N_VALUES);
static const uint32_t only_own_members = 1u << AT_REPORT_SCHEMA | 1u << AT_REPORT_SUMS;

static void *field_at(void *start, size_t offset)
{
    return (char *) start + offset;
}

/* Note that a member of the file is read. Return its index. */
static size_t see_member(struct reader *reader, const struct at_scan *scan)
{
    reader->seen |= 1u << scan->member;
    return scan->member;
}

bool at_report_read_schema(struct at_scan *scan, void *context)
{
    size_t which;
    see_member(context, scan);
    return at_scan_schema_name(scan, at_report_schemas, 1, &which);
}

bool at_report_read_operation(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    const char *name;
    see_member(reader, scan);
    if (!at_scan_string(scan, &name))
        return false;
    at_text_add(reader->name, name, strlen(name) + 1);
    return true;
}

bool at_report_read_count(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    size_t member = see_member(reader, scan);
    size_t which = member < AT_REPORT_VALUES ? member - AT_REPORT_COUNTS
                                             : member - AT_REPORT_OWN_COUNTS + AT_N_CRATE_COUNTS;
    int64_t *count = field_at(&reader->row->moments, at_report_counts[which].offset);
    if (!at_scan_integer(scan, at_report_counts[which].is_signed ? INT64_MIN : 0, count))
        return false;
    if (which == AT_COUNT_SPANS)
        reader->spans_place = at_scan_place(scan);
    return true;
}

/* Read a number of at least 0. */
static bool read_real(struct at_scan *scan, double *value)
{
    if (!at_scan_real(scan, value))
        return false;
    return *value >= 0 || at_scan_fail(scan, "the number is too small: expected at least %d", 0);
}

/* Read a value of the crate's estimates: a number or null. */
bool at_report_read_crate_value(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    size_t which = see_member(reader, scan) - AT_REPORT_VALUES;
    size_t offset =
        at_report_estimates[which / AT_N_VALUES] + at_report_values[which % AT_N_VALUES];
    bool is_null;
    if (!at_scan_is_null(scan, &is_null))
        return false;
    return is_null || read_real(scan, field_at(&reader->row->estimates, offset));
}

bool at_report_read_extreme(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    if (reader->estimate >= AT_N_METRICS)
        return at_scan_ignored(scan, NULL);
    return read_real(
        scan, field_at(&reader->row->moments, at_report_metrics[reader->estimate]
                                                  + at_report_extreme_offsets[scan->member]));
}

bool at_report_read_estimate(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->estimate = see_member(reader, scan) - AT_REPORT_ESTIMATES;
    at_scan_next(scan);
    reader->estimate_places[reader->estimate] = at_scan_place(scan);
    return at_scan_object(scan, at_report_extremes, AT_N_EXTREMES + 1, reader);
}

bool at_report_read_sum(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    void *sum = field_at(&reader->row->moments, at_report_sum_offsets[scan->member]);
    const char *hex;
    reader->seen_sums |= 1u << scan->member;
    if (!at_scan_string(scan, &hex))
        return false;
    return at_wide_parse(hex, sum) || at_scan_fail(scan, "expected hexadecimal digits in a string");
}

/* Fail if one of the members in the set `needed` was not seen. */
static bool check_seen(struct at_scan *scan, const struct at_member *names, uint32_t needed,
                       uint32_t seen)
{
    uint32_t missing = needed & ~seen;
    return !missing
           || at_scan_fail(scan, "member \"%s\" is missing", names[__builtin_ctz(missing)].name);
}

bool at_report_read_sums(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    const uint32_t peak_sums = MEMBERS(AT_PEAK_SUMS, AT_N_SUMS);
    see_member(reader, scan);
    return at_scan_object(scan, at_report_sums, AT_N_SUMS + 1, reader)
           && (!(reader->seen_sums & peak_sums)
               || check_seen(scan, at_report_sums, peak_sums, reader->seen_sums));
}

/* Complete an operation without sums, and check the pairs of its intervals. */
static bool finish_crate_row(struct at_scan *scan, struct reader *reader)
{
    struct at_report_row *row = reader->row;
    row->lacks_sums = true;
    for (size_t i = 0; i < AT_N_ESTIMATES; i++) {
        struct at_estimate *estimate = field_at(&row->estimates, at_report_estimates[i]);
        uint32_t slope = 1u << (AT_REPORT_VALUES + i * AT_N_VALUES), ends = slope << 1 | slope << 2;
        if (reader->seen & ends && !check_seen(scan, at_report_members, slope | ends, reader->seen))
            return false;
        estimate->has_interval =
            isfinite(estimate->slope) && isfinite(estimate->low) && isfinite(estimate->high);
    }
    return true;
}

/* Check what no single member shows. */
static bool check_moments(struct at_scan *scan, const struct reader *reader)
{
    struct at_moments *moments = &reader->row->moments;
    if (reader->seen_sums & 1u << AT_PEAK_SUMS) {
        if (moments->tracked_spans != moments->spans)
            return at_scan_fail_at(
                scan, reader->spans_place,
                "\"span_count\" and \"tracked_spans\" differ, but \"moments\" has "
                "sums of the peak");
        moments->peak_spans = moments->spans;
    }
    if (moments->rated_spans > moments->spans || moments->tracked_spans > moments->spans)
        return at_scan_fail_at(scan, reader->spans_place,
                               "\"span_count\" is smaller than \"spans_with_iterations\" or "
                               "\"tracked_spans\"");
    for (size_t i = 0; i < AT_N_METRICS && moments->rated_spans > 0; i++) {
        const struct at_metric_moments *metric = field_at(moments, at_report_metrics[i]);
        if (isnan(metric->min) || isnan(metric->max))
            return at_scan_fail_at(scan, reader->estimate_places[i],
                                   "a member \"min\" or \"max\" is missing");
    }
    return true;
}

static bool finish_row(struct at_scan *scan, struct reader *reader)
{
    bool own = reader->seen & only_own_members;
    if (!check_seen(scan, at_report_members, own ? own_members : crate_members, reader->seen))
        return false;
    return own ? check_moments(scan, reader) : finish_crate_row(scan, reader);
}

bool at_report_json_read(struct at_scan *scan, struct at_text *name, struct at_report_row *row)
{
    struct reader reader = { .name = name, .row = row };
    for (size_t i = 0; i < AT_N_ESTIMATES; i++)
        reader.estimate_places[i] = (struct at_scan_place){ 1, 1 };
    *row = (struct at_report_row){ .estimates = { 0, at_estimate_none(), at_estimate_none(),
                                                  at_estimate_none() } };
    at_moments_init(&row->moments);
    return at_scan_object(scan, at_report_members, AT_N_REPORT_MEMBERS, &reader)
           && finish_row(scan, &reader) && at_scan_end(scan);
}
