/* SPDX-License-Identifier: MIT */
/* See report_json.h. Writer and reader use the same tables, so each name is defined once. */
#include "session/report_json.h"

#include <math.h>
#include <string.h>

#include "base/json_text.h"
#include "base/utf8.h"

static const char *const schemas[] = { "alloc-tracker-operation/1" };

static at_scan_value read_schema, read_operation, read_count, read_estimate, read_sum, read_sums;

/* The members of a file, in the order in which they are written. */
enum {
    COUNTS = 2, /* index of the first whole number */
    N_COUNTS = 9,
    ESTIMATES = COUNTS + N_COUNTS,
    N_ESTIMATES = 2,
    SUMS = ESTIMATES + N_ESTIMATES,
    N_MEMBERS = SUMS + 2,
    SPANS = 3, /* index of "span_count" in the whole numbers */
};

/* The state of a reader of one file. */
struct reader {
    struct at_text *name;
    struct at_moments *moments;
    size_t estimate;                  /* index of the estimate that is being read */
    struct at_scan_place spans_place; /* of "span_count" */
    struct at_scan_place estimate_places[N_ESTIMATES];
};

static const struct at_member members[N_MEMBERS] = {
    { "schema", read_schema, true },
    { "operation", read_operation, true },
    { "total_iterations", read_count, true },
    { "total_bytes_allocated", read_count, true },
    { "total_allocations_count", read_count, true },
    { "span_count", read_count, true },
    { "spans_with_iterations", read_count, true },
    { "tracked_spans", read_count, true },
    { "max_peak_bytes", read_count, true },
    { "max_live_bytes", read_count, true },
    { "min_live_bytes", read_count, true },
    { "bytes_per_iteration", read_estimate, false },
    { "allocations_per_iteration", read_estimate, false },
    { "moments", read_sums, true },
    { NULL, at_scan_ignored, false },
};

/* The whole numbers, in the same order. */
static const struct {
    size_t offset; /* in struct at_moments */
    bool is_signed;
} counts[N_COUNTS] = {
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

/* The metrics of the estimates, in the same order, and the members of an estimate that are read:
   the others follow from the sums. */
static const size_t metrics[N_ESTIMATES] = {
    offsetof(struct at_moments, bytes),
    offsetof(struct at_moments, allocs),
};
static at_scan_value read_extreme;
static const struct at_member extremes[] = {
    { "min", read_extreme, false },
    { "max", read_extreme, false },
    { NULL, at_scan_ignored, false },
};
static const size_t extreme_offsets[] = {
    offsetof(struct at_metric_moments, min),
    offsetof(struct at_metric_moments, max),
};

/* The exact sums. */
enum { N_SUMS = 8 };
static const struct at_member sums[N_SUMS + 1] = {
    { "nn", read_sum, true },
    { "nnnn", read_sum, true },
    { "bytes_nt", read_sum, true },
    { "bytes_nntt", read_sum, true },
    { "bytes_nnnt", read_sum, true },
    { "allocations_nt", read_sum, true },
    { "allocations_nntt", read_sum, true },
    { "allocations_nnnt", read_sum, true },
    { NULL, at_scan_ignored, false },
};
static const size_t sum_offsets[N_SUMS] = {
    offsetof(struct at_moments, nn),          offsetof(struct at_moments, nnnn),
    offsetof(struct at_moments, bytes.nt),    offsetof(struct at_moments, bytes.nntt),
    offsetof(struct at_moments, bytes.nnnt),  offsetof(struct at_moments, allocs.nt),
    offsetof(struct at_moments, allocs.nntt), offsetof(struct at_moments, allocs.nnnt),
};

static void *field_at(void *start, size_t offset)
{
    return (char *) start + offset;
}

static const void *const_field_at(const void *start, size_t offset)
{
    return (const char *) start + offset;
}

static void begin_member(struct at_text *text, int level, const char *name)
{
    at_json_separate(text);
    at_json_line(text, level);
    at_json_string(text, name);
    at_text_add_string(text, ": ");
}

static void write_string(struct at_text *text, int level, const char *name, const char *string)
{
    begin_member(text, level, name);
    at_json_string(text, string);
}

static void write_real(struct at_text *text, const char *name, double value)
{
    if (!isfinite(value))
        return;
    begin_member(text, 2, name);
    at_json_real(text, value);
}

static void write_estimate(struct at_text *text, const char *name,
                           const struct at_estimate *estimate,
                           const struct at_metric_moments *metric)
{
    begin_member(text, 1, name);
    at_text_add_string(text, "{");
    size_t empty = text->length;
    write_real(text, "mean", estimate->mean);
    write_real(text, "slope", estimate->slope);
    write_real(text, "low", estimate->has_interval ? estimate->low : NAN);
    write_real(text, "high", estimate->has_interval ? estimate->high : NAN);
    for (size_t i = 0; extremes[i].name; i++)
        write_real(text, extremes[i].name,
                   *(const double *) const_field_at(metric, extreme_offsets[i]));
    if (text->length > empty)
        at_json_line(text, 1);
    at_text_add_string(text, "}");
}

static void write_count(struct at_text *text, const struct at_moments *moments, size_t which)
{
    begin_member(text, 1, members[COUNTS + which].name);
    const int64_t *count = const_field_at(moments, counts[which].offset);
    at_text_printf(text, "%lld", (long long) *count);
}

static void write_sums(struct at_text *text, const struct at_moments *moments)
{
    begin_member(text, 1, members[SUMS].name);
    at_text_add_string(text, "{");
    for (size_t i = 0; i < N_SUMS; i++) {
        char hex[AT_WIDE_HEX];
        at_wide_format(const_field_at(moments, sum_offsets[i]), hex);
        write_string(text, 2, sums[i].name, hex);
    }
    at_json_line(text, 1);
    at_text_add_string(text, "}");
}

const char *at_report_json_write(struct at_text *text, const struct at_report_row *row)
{
    const struct at_moments *moments = &row->moments;
    struct at_statistics statistics = at_moments_statistics(moments);
    if (!at_utf8_is_valid(row->name))
        return "the name of the operation is not UTF-8";
    if (strlen(row->name) > AT_SCAN_MAX_STRING)
        return "the name of the operation is longer than 1 MiB";
    if (moments->iterations > INT64_MAX || moments->bytes.total > INT64_MAX
        || moments->allocs.total > INT64_MAX)
        return "a total of the operation is larger than 2^63 - 1";
    at_text_add_string(text, "{");
    write_string(text, 1, members[0].name, schemas[0]);
    write_string(text, 1, members[1].name, row->name);
    for (size_t i = 0; i < N_COUNTS; i++)
        write_count(text, moments, i);
    write_estimate(text, members[ESTIMATES].name, &statistics.bytes, &moments->bytes);
    write_estimate(text, members[ESTIMATES + 1].name, &statistics.allocs, &moments->allocs);
    write_sums(text, moments);
    at_json_line(text, 0);
    at_text_add_string(text, "}\n");
    return NULL;
}

static bool read_schema(struct at_scan *scan, void *context)
{
    (void) context;
    size_t which;
    return at_scan_schema_name(scan, schemas, 1, &which);
}

static bool read_operation(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    const char *name;
    if (!at_scan_string(scan, &name))
        return false;
    at_text_add(reader->name, name, strlen(name) + 1);
    return true;
}

static bool read_count(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    size_t which = scan->member - COUNTS;
    int64_t *count = field_at(reader->moments, counts[which].offset);
    if (!at_scan_integer(scan, counts[which].is_signed ? INT64_MIN : 0, count))
        return false;
    if (which == SPANS)
        reader->spans_place = at_scan_place(scan);
    return true;
}

static bool read_extreme(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    double *extreme =
        field_at(reader->moments, metrics[reader->estimate] + extreme_offsets[scan->member]);
    if (!at_scan_real(scan, extreme))
        return false;
    return *extreme >= 0 || at_scan_fail(scan, "the number is too small: expected at least %d", 0);
}

static bool read_estimate(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->estimate = scan->member - ESTIMATES;
    at_scan_next(scan);
    reader->estimate_places[reader->estimate] = at_scan_place(scan);
    return at_scan_object(scan, extremes, sizeof extremes / sizeof extremes[0], reader);
}

static bool read_sum(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    void *sum = field_at(reader->moments, sum_offsets[scan->member]);
    const char *hex;
    if (!at_scan_string(scan, &hex))
        return false;
    return at_wide_parse(hex, sum) || at_scan_fail(scan, "expected hexadecimal digits in a string");
}

static bool read_sums(struct at_scan *scan, void *context)
{
    return at_scan_object(scan, sums, sizeof sums / sizeof sums[0], context);
}

/* Check what no single member shows. */
static bool check_moments(struct at_scan *scan, const struct reader *reader)
{
    const struct at_moments *moments = reader->moments;
    if (moments->rated_spans > moments->spans || moments->tracked_spans > moments->spans)
        return at_scan_fail_at(scan, reader->spans_place,
                               "\"span_count\" is smaller than \"spans_with_iterations\" or "
                               "\"tracked_spans\"");
    for (size_t i = 0; i < N_ESTIMATES && moments->rated_spans > 0; i++) {
        const struct at_metric_moments *metric = const_field_at(moments, metrics[i]);
        if (isnan(metric->min) || isnan(metric->max))
            return at_scan_fail_at(scan, reader->estimate_places[i],
                                   "a member \"min\" or \"max\" is missing");
    }
    return true;
}

bool at_report_json_read(struct at_scan *scan, struct at_text *name, struct at_moments *moments)
{
    struct reader reader = { .name = name, .moments = moments };
    for (size_t i = 0; i < N_ESTIMATES; i++)
        reader.estimate_places[i] = (struct at_scan_place){ 1, 1 };
    at_moments_init(moments);
    return at_scan_object(scan, members, N_MEMBERS, &reader) && check_moments(scan, &reader)
           && at_scan_end(scan);
}
