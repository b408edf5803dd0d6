/* SPDX-License-Identifier: MIT */
/* See report_json.h: the writer. */
#include "session/report_json.h"

#include <math.h>
#include <string.h>

#include "base/json_text.h"
#include "base/utf8.h"
#include "session/report_fields.h"

static const void *field_at(const void *start, size_t offset)
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

static void write_real(struct at_text *text, int level, const char *name, double value)
{
    if (!isfinite(value))
        return;
    begin_member(text, level, name);
    at_json_real(text, value);
}

/* Write an estimate with the crate's names. The crate always writes the slopes of bytes and
   allocations, and null if no span has iterations. */
static void write_crate_estimate(struct at_text *text, size_t which,
                                 const struct at_estimate *estimate)
{
    const struct at_member *names = &at_report_members[AT_REPORT_VALUES + which * AT_N_VALUES];
    if (which < AT_N_METRICS && !isfinite(estimate->slope)) {
        begin_member(text, 1, names[0].name);
        at_text_add_string(text, "null");
    }
    write_real(text, 1, names[0].name, estimate->slope);
    write_real(text, 1, names[1].name, estimate->has_interval ? estimate->low : NAN);
    write_real(text, 1, names[2].name, estimate->has_interval ? estimate->high : NAN);
}

/* Write an estimate with this library's names. `metric` has the extremes, and may be NULL. */
static void write_own_estimate(struct at_text *text, size_t which,
                               const struct at_estimate *estimate,
                               const struct at_metric_moments *metric)
{
    begin_member(text, 1, at_report_members[AT_REPORT_ESTIMATES + which].name);
    at_text_add_string(text, "{");
    size_t empty = text->length;
    write_real(text, 2, "mean", estimate->mean);
    write_real(text, 2, "slope", estimate->slope);
    write_real(text, 2, "low", estimate->has_interval ? estimate->low : NAN);
    write_real(text, 2, "high", estimate->has_interval ? estimate->high : NAN);
    for (size_t i = 0; metric && i < AT_N_EXTREMES; i++)
        write_real(text, 2, at_report_extremes[i].name,
                   *(const double *) field_at(metric, at_report_extreme_offsets[i]));
    if (text->length > empty)
        at_json_line(text, 1);
    at_text_add_string(text, "}");
}

/* Write the whole numbers from `first` on, up to `after`. `names` begins with the name of the
   `first`. */
static void write_counts(struct at_text *text, const struct at_moments *moments, size_t first,
                         size_t after, const struct at_member *names)
{
    for (size_t i = first; i < after; i++) {
        begin_member(text, 1, names[i - first].name);
        const int64_t *count = field_at(moments, at_report_counts[i].offset);
        at_text_printf(text, "%lld", (long long) *count);
    }
}

static void write_sums(struct at_text *text, const struct at_moments *moments)
{
    begin_member(text, 1, at_report_members[AT_REPORT_SUMS].name);
    at_text_add_string(text, "{");
    for (size_t i = 0; i < (moments->peak_spans > 0 ? AT_N_SUMS : AT_PEAK_SUMS); i++) {
        char hex[AT_WIDE_HEX];
        at_wide_format(field_at(moments, at_report_sum_offsets[i]), hex);
        write_string(text, 2, at_report_sums[i].name, hex);
    }
    at_json_line(text, 1);
    at_text_add_string(text, "}");
}

/* Write the members that only this library's files have, after the crate's members. */
static void write_own_members(struct at_text *text, const struct at_moments *moments,
                              const struct at_statistics *statistics)
{
    write_counts(text, moments, AT_N_CRATE_COUNTS, AT_N_COUNTS,
                 &at_report_members[AT_REPORT_OWN_COUNTS]);
    write_own_estimate(text, 0, &statistics->bytes, &moments->bytes);
    write_own_estimate(text, 1, &statistics->allocs, &moments->allocs);
    if (isfinite(statistics->peak.slope))
        write_own_estimate(text, 2, &statistics->peak, NULL);
    write_sums(text, moments);
}

const char *at_report_json_write(struct at_text *text, const struct at_report_row *row)
{
    const struct at_moments *moments = &row->moments;
    struct at_statistics statistics = at_report_row_statistics(row);
    if (!at_utf8_is_valid(row->name))
        return "the name of the operation is not UTF-8";
    if (strlen(row->name) > AT_SCAN_MAX_STRING)
        return "the name of the operation is longer than 1 MiB";
    if (moments->iterations > INT64_MAX || moments->bytes.total > INT64_MAX
        || moments->allocs.total > INT64_MAX)
        return "a total of the operation is larger than 2^63 - 1";
    at_text_add_string(text, "{");
    if (!row->lacks_sums)
        write_string(text, 1, at_report_members[AT_REPORT_SCHEMA].name, at_report_schemas[0]);
    write_string(text, 1, at_report_members[AT_REPORT_OPERATION].name, row->name);
    write_counts(text, moments, 0, AT_N_CRATE_COUNTS, &at_report_members[AT_REPORT_COUNTS]);
    for (size_t i = 0; i < AT_N_ESTIMATES; i++)
        write_crate_estimate(text, i, field_at(&statistics, at_report_estimates[i]));
    if (!row->lacks_sums)
        write_own_members(text, moments, &statistics);
    at_json_line(text, 0);
    at_text_add_string(text, "}\n");
    return NULL;
}
