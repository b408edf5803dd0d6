/* SPDX-License-Identifier: MIT */
/* at_results_read(): the members of docs/results.schema.json, as tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/environment.h"
#include "results/results.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The items that are being read. Until its test ends, a stack holds numbers of the test's frames.
 */
struct reader {
    struct at_results *results;
    struct at_result_test test;
    struct at_result_site site;
    struct at_result_limit limit;
    struct at_result_frame frame;
    AT_ARRAY(uint32_t) frames; /* of the test: their numbers in the pool */
    uint32_t highest;          /* frame of the test's stacks, and its position in the file */
    struct at_scan_place highest_place;
};

/* Readers of one integer, string or word into a field of struct reader. */
#define READ_INTEGER(name, least, field)                                                           \
    static bool name(struct at_scan *scan, void *context)                                          \
    {                                                                                              \
        struct reader *reader = context;                                                           \
        return at_scan_integer(scan, least, &reader->field);                                       \
    }
#define READ_NAME(name, field)                                                                     \
    static bool name(struct at_scan *scan, void *context)                                          \
    {                                                                                              \
        struct reader *reader = context;                                                           \
        const char *string;                                                                        \
        if (!at_scan_string(scan, &string))                                                        \
            return false;                                                                          \
        reader->field = at_pool_put(reader->results->pool, string);                                \
        return true;                                                                               \
    }
#define READ_CHOICE(name, names, field)                                                            \
    static bool name(struct at_scan *scan, void *context)                                          \
    {                                                                                              \
        struct reader *reader = context;                                                           \
        return at_scan_choice(scan, names, COUNT(names), &reader->field);                          \
    }

/* Frames. */
READ_NAME(read_frame_function, frame.function)
READ_NAME(read_frame_file, frame.file)
READ_NAME(read_frame_source, frame.source)
READ_NAME(read_frame_module, frame.module)

static bool read_frame_line(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t line;
    if (!at_scan_integer(scan, 1, &line))
        return false;
    if (line > UINT32_MAX)
        return at_scan_fail(scan, "the line is out of range: expected at most 4294967295");
    reader->frame.line = (uint32_t) line;
    return true;
}

static bool read_frame_offset(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t offset;
    if (!at_scan_integer(scan, 0, &offset))
        return false;
    reader->frame.offset = (uint64_t) offset;
    return true;
}

static bool read_frame(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = {
        { "function", read_frame_function, false }, { "file", read_frame_file, false },
        { "line", read_frame_line, false },         { "source", read_frame_source, false },
        { "module", read_frame_module, false },     { "offset", read_frame_offset, false },
    };
    struct reader *reader = context;
    reader->frame = (struct at_result_frame){ 0 };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    uint32_t number = at_pool_put_frame(reader->results->pool, &reader->frame);
    *at_array_add(&reader->frames) = number;
    return true;
}

static bool read_frames(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_frame, context);
}

/* Sites. */
READ_NAME(read_site_function, site.function)
READ_CHOICE(read_site_end, at_stack_end_names, site.end)
READ_INTEGER(read_site_count, 0, site.count)
READ_INTEGER(read_site_bytes, 0, site.bytes)
READ_INTEGER(read_site_min_bytes, 0, site.min_bytes)
READ_INTEGER(read_site_max_bytes, 0, site.max_bytes)
READ_INTEGER(read_site_peak_count, 0, site.peak_count)
READ_INTEGER(read_site_peak_bytes, 0, site.peak_bytes)
READ_INTEGER(read_site_leaks, 0, site.leaks)
READ_INTEGER(read_site_leaked_bytes, 0, site.leaked_bytes)

static bool read_stack_frame(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t number;
    if (!at_scan_integer(scan, 0, &number))
        return false;
    if (number >= UINT32_MAX)
        return at_scan_fail(scan, "there is no frame %lld", (long long) number);
    if (number >= reader->highest) {
        reader->highest = (uint32_t) number;
        reader->highest_place = at_scan_place(scan);
    }
    *at_array_add(&reader->results->stacks) = (uint32_t) number;
    reader->site.n_frames++;
    return true;
}

static bool read_stack(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->site.stack = reader->results->stacks.n;
    return at_scan_array(scan, read_stack_frame, context);
}

static bool read_site(struct at_scan *scan, void *context)
{
    const struct at_member members[] = {
        { "function", read_site_function, true },
        { "stack", read_stack, true },
        { "count", read_site_count, true },
        { at_usage_name(AT_USAGE_BYTES), read_site_bytes, true },
        { at_site_member_names[AT_SITE_MIN_BYTES], read_site_min_bytes, false },
        { at_site_member_names[AT_SITE_MAX_BYTES], read_site_max_bytes, false },
        { at_site_member_names[AT_SITE_PEAK_COUNT], read_site_peak_count, false },
        { at_site_member_names[AT_SITE_PEAK_BYTES], read_site_peak_bytes, false },
        { at_usage_name(AT_USAGE_LEAKS), read_site_leaks, true },
        { at_usage_name(AT_USAGE_LEAKED_BYTES), read_site_leaked_bytes, true },
        { "stack_end", read_site_end, false },
    };
    struct reader *reader = context;
    reader->site = (struct at_result_site){
        .min_bytes = -1, .max_bytes = -1, .peak_count = -1, .peak_bytes = -1
    };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    *at_array_add(&reader->results->sites) = reader->site;
    reader->test.n_sites++;
    return true;
}

static bool read_sites(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    bool is_null;
    if (!at_scan_is_null(scan, &is_null) || is_null)
        return !scan->failed;
    reader->test.has_sites = true;
    return at_scan_array(scan, read_site, context);
}

/* Budgets. */
READ_CHOICE(read_limit_metric, at_metric_names, limit.metric)
READ_CHOICE(read_limit_scope, at_scope_names, limit.scope)

static bool read_limit_from(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_choice(scan, at_limit_source_names, AT_RESULTS_SOURCES, &reader->limit.source);
}

static bool read_limit_min(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->limit.has_min = true;
    return at_scan_integer(scan, INT64_MIN, &reader->limit.min);
}

static bool read_limit_max(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->limit.has_max = true;
    return at_scan_integer(scan, INT64_MIN, &reader->limit.max);
}

static bool read_limit_warn(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    reader->limit.warn = true;
    return at_scan_true(scan);
}

static bool read_limit(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = {
        { "metric", read_limit_metric, true }, { "min", read_limit_min, false },
        { "max", read_limit_max, false },      { "scope", read_limit_scope, true },
        { "from", read_limit_from, true },     { "warn", read_limit_warn, false },
    };
    struct reader *reader = context;
    reader->limit = (struct at_result_limit){ 0 };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    *at_array_add(&reader->results->limits) = reader->limit;
    reader->test.n_limits++;
    return true;
}

static bool read_budget(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_limit, context);
}

/* Usage. */
static bool read_metric(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t *value = &reader->test.usage[scan->member];
    return at_scan_integer(scan, scan->member == AT_USAGE_LIVE ? INT64_MIN : 0, value);
}

static bool read_usage(struct at_scan *scan, void *context)
{
    struct at_member members[AT_USAGE_MEMBERS];
    struct reader *reader = context;
    bool is_null;
    if (!at_scan_is_null(scan, &is_null) || is_null)
        return !scan->failed;
    reader->test.measured = true;
    for (size_t i = 0; i < AT_USAGE_MEMBERS; i++)
        members[i] = (struct at_member){ at_usage_name(i), read_metric, true };
    return at_scan_object(scan, members, AT_USAGE_MEMBERS, context);
}

/* Tests. */
READ_NAME(read_test_program, test.program)
READ_NAME(read_test_file, test.file)
READ_NAME(read_reason, test.reason)
READ_INTEGER(read_parameter, 0, test.parameter)
READ_INTEGER(read_test_line, 1, test.line)
READ_INTEGER(read_signal, 1, test.signal)
READ_INTEGER(read_exit, 1, test.exit)
READ_INTEGER(read_dropped, 0, test.dropped)
READ_CHOICE(read_status, at_test_status_names, test.status)
READ_CHOICE(read_verdict, at_verdict_names, test.verdict)

static bool read_id(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    const char *id;
    if (!at_scan_string(scan, &id))
        return false;
    if (!*id)
        return at_scan_fail(scan, "the id is empty: expected suite::name");
    reader->test.id = at_pool_put(reader->results->pool, id);
    return true;
}

/* In the test's stacks, replace numbers of the test's frames by those of the pool. */
static bool resolve_stacks(struct at_scan *scan, struct reader *reader, size_t first)
{
    struct at_results *results = reader->results;
    if (results->stacks.n > first && reader->highest >= reader->frames.n)
        return at_scan_fail_at(scan, reader->highest_place, "there is no frame %u",
                               reader->highest);
    for (size_t i = first; i < results->stacks.n; i++)
        results->stacks.at[i] = reader->frames.at[results->stacks.at[i]];
    return true;
}

static bool read_test(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = {
        { "id", read_id, true },
        { "parameter", read_parameter, false },
        { "program", read_test_program, false },
        { "file", read_test_file, false },
        { "line", read_test_line, false },
        { "status", read_status, true },
        { "signal", read_signal, false },
        { "exit", read_exit, false },
        { "usage", read_usage, true },
        { "frames", read_frames, true },
        { "sites", read_sites, true },
        { "dropped", read_dropped, true },
        { "budget", read_budget, true },
        { "verdict", read_verdict, true },
        { "reason", read_reason, false },
    };
    struct reader *reader = context;
    struct at_results *results = reader->results;
    size_t stacks = results->stacks.n;
    at_scan_next(scan);
    struct at_scan_place place = at_scan_place(scan);
    reader->test = (struct at_result_test){
        .parameter = -1,
        .limits = results->limits.n,
        .sites = results->sites.n,
        .path = scan->path,
        .read_line = place.line,
        .read_column = place.column,
    };
    reader->frames.n = 0;
    reader->highest = 0;
    if (!at_scan_object(scan, members, COUNT(members), reader)
        || !resolve_stacks(scan, reader, stacks))
        return false;
    *at_array_add(&results->tests) = reader->test;
    return true;
}

static bool read_tests(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_test, context);
}

/* The file. */
static bool read_environment(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    struct at_results *results = reader->results;
    return at_environment_read(scan, results->pool, AT_ENVIRONMENT_FIELDS, &results->environment);
}

/* No metric of such a run is known. So no reader may use these results: `check` would pass. */
static bool refuse_off(struct at_scan *scan, void *context)
{
    (void) context;
    at_scan_next(scan);
    return at_scan_fail_at(
        scan, at_scan_place(scan),
        "nothing was measured, because ALLOC_TRACKER switched the measurement off; "
        "unset it, and run the tests again");
}

bool at_results_scan(struct at_results *results, struct at_scan *scan)
{
    static const struct at_member members[] = {
        { "environment", read_environment, true },
        { "tests", read_tests, true },
        { "off", refuse_off, false },
    };
    struct reader reader = { .results = results };
    results->path = scan->path;
    bool good = at_scan_rest(scan, members, COUNT(members), &reader) && at_scan_end(scan);
    free(reader.frames.at);
    return good;
}

bool at_results_read(struct at_results *results, const char *path, char *error, size_t size)
{
    static const char *const known[] = { AT_RESULTS_SCHEMA };
    struct at_scan scan;
    size_t which;
    bool good = at_scan_open(&scan, path) && at_scan_schema(&scan, known, COUNT(known), &which)
                && at_results_scan(results, &scan);
    if (!good)
        snprintf(error, size, "%s", scan.error);
    at_scan_close(&scan);
    return good;
}
