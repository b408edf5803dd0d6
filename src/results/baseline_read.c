/* SPDX-License-Identifier: MIT */
/* at_baseline_read(): the members of docs/baseline.schema.json, as tables. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_scan.h"
#include "results/baseline.h"
#include "results/environment.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct reader {
    struct at_baseline *baseline;
    struct at_section section;
    struct at_baseline_test recorded;
    struct at_location location;
};

static bool read_name(struct at_scan *scan, const struct reader *reader, uint32_t *name)
{
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    *name = at_pool_put(reader->baseline->pool, string);
    return true;
}

/* Locations. */
static bool read_location_function(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->location.function);
}

static bool read_location_file(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->location.file);
}

static bool read_location_call(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->location.call);
}

static bool read_location_line(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t line;
    if (!at_scan_integer(scan, 1, &line))
        return false;
    if (line > UINT32_MAX)
        return at_scan_fail(scan, "the line is out of range: expected at most 4294967295");
    reader->location.line = (uint32_t) line;
    return true;
}

static bool read_location_source(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->location.source);
}

static bool read_location_metric(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->location.metrics[scan->member]);
}

static bool read_location(struct at_scan *scan, void *context)
{
    struct at_member members[AT_BASELINE_METRICS + 6] = {
        [AT_BASELINE_METRICS] = { "function", read_location_function, false },
        [AT_BASELINE_METRICS + 1] = { "file", read_location_file, false },
        [AT_BASELINE_METRICS + 2] = { "module", read_location_file, false },
        [AT_BASELINE_METRICS + 3] = { "line", read_location_line, false },
        [AT_BASELINE_METRICS + 4] = { "source", read_location_source, false },
        [AT_BASELINE_METRICS + 5] = { "call", read_location_call, true },
    };
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        members[i] = (struct at_member){ at_location_part_name(i), read_location_metric,
                                         i <= AT_BASELINE_BYTES };
    struct reader *reader = context;
    reader->location = (struct at_location){ .metrics[AT_BASELINE_PEAK] = -1 };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    *at_array_add(&reader->baseline->locations) = reader->location;
    reader->recorded.n_locations++;
    return true;
}

static bool read_locations(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_location, context);
}

/* Tests. */
static bool read_tolerance(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    struct at_tolerance *tolerance = &reader->recorded.allow[scan->member];
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    if (!at_tolerance_parse(string, tolerance))
        return at_scan_fail(scan, "expected a tolerance, \"+2\" or \"+5%%\", not \"%s\"", string);
    return true;
}

static bool read_allow(struct at_scan *scan, void *context)
{
    struct at_member members[AT_BASELINE_METRICS];
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        members[i] = (struct at_member){ at_baseline_metric_name(i), read_tolerance, false };
    return at_scan_object(scan, members, AT_BASELINE_METRICS, context);
}

static bool read_reason(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->recorded.reason);
}

static bool read_program(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->recorded.program);
}

static bool read_id(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    if (!read_name(scan, reader, &reader->recorded.id))
        return false;
    return reader->recorded.id ? true : at_scan_fail(scan, "the id is empty: expected suite::name");
}

static bool read_parameter(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->recorded.parameter);
}

static bool read_metric(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->recorded.metrics[scan->member]);
}

/* If the test has leaks, but none of its locations, the file is from before locations had them. */
static void set_unknown_leaks(struct reader *reader)
{
    bool any = reader->recorded.metrics[AT_BASELINE_LEAKS] == 0;
    size_t first = reader->recorded.locations, end = first + reader->recorded.n_locations;
    for (size_t i = first; i < end; i++)
        any |= reader->baseline->locations.at[i].metrics[AT_BASELINE_LEAKS] > 0;
    for (size_t i = first; !any && i < end; i++)
        reader->baseline->locations.at[i].metrics[AT_BASELINE_LEAKS] = -1;
}

static bool read_test(struct at_scan *scan, void *context)
{
    struct at_member members[AT_BASELINE_METRICS + 6] = {
        [AT_BASELINE_METRICS] = { "id", read_id, true },
        [AT_BASELINE_METRICS + 1] = { "parameter", read_parameter, false },
        [AT_BASELINE_METRICS + 2] = { "allow", read_allow, false },
        [AT_BASELINE_METRICS + 3] = { "reason", read_reason, false },
        [AT_BASELINE_METRICS + 4] = { "sites", read_locations, false },
        [AT_BASELINE_METRICS + 5] = { "program", read_program, false },
    };
    struct reader *reader = context;
    struct at_section *section = &reader->section;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        members[i] = (struct at_member){ at_baseline_metric_name(i), read_metric, true };
    at_scan_next(scan);
    struct at_scan_place place = at_scan_place(scan);
    reader->recorded = (struct at_baseline_test){
        .parameter = -1,
        .locations = reader->baseline->locations.n,
        .read_line = place.line,
        .read_column = place.column,
    };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    set_unknown_leaks(reader);
    *at_section_add_test(section) = reader->recorded;
    return true;
}

/* Sections. */
static bool read_tests(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    struct at_section *section = &reader->section;
    if (!at_scan_array(scan, read_test, context))
        return false;
    at_section_sort(section, reader->baseline->pool);
    for (size_t i = 1; i < section->n_tests; i++) {
        const struct at_baseline_test *a = &section->tests[i - 1], *b = &section->tests[i];
        if (a->id != b->id || a->parameter != b->parameter || a->program != b->program)
            continue;
        const struct at_baseline_test *later = a->read_line > b->read_line ? a : b;
        return at_scan_fail_at(scan, (struct at_scan_place){ later->read_line, later->read_column },
                               "test %s is in this section twice",
                               at_pool_get(reader->baseline->pool, a->id));
    }
    return true;
}

static bool read_environment(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    at_scan_next(scan);
    struct at_scan_place place = at_scan_place(scan);
    if (!at_environment_read(scan, reader->baseline->pool, AT_ENVIRONMENT_KEY,
                             &reader->section.environment))
        return false;
    if (at_baseline_section(reader->baseline, &reader->section.environment))
        return at_scan_fail_at(scan, place, "this environment has a section already");
    return true;
}

static bool read_section(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = {
        { "environment", read_environment, true },
        { "tests", read_tests, true },
    };
    struct reader *reader = context;
    reader->section = (struct at_section){ 0 };
    if (!at_scan_object(scan, members, COUNT(members), reader)) {
        free(reader->section.tests);
        return false;
    }
    struct at_environment environment = reader->section.environment;
    *at_baseline_add_section(reader->baseline, &environment) = reader->section;
    return true;
}

static bool read_sections(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_section, context);
}

/* Read the rest of a file whose schema has been read. */
static bool scan_baseline(struct at_baseline *baseline, struct at_scan *scan)
{
    static const struct at_member members[] = { { "sections", read_sections, true } };
    struct reader reader = { .baseline = baseline };
    return at_scan_rest(scan, members, COUNT(members), &reader) && at_scan_end(scan);
}

bool at_baseline_read(struct at_baseline *baseline, const char *path, char *error, size_t size)
{
    static const char *const known[] = { AT_BASELINE_SCHEMA };
    struct at_scan scan;
    size_t which;
    bool good = at_scan_open(&scan, path) && at_scan_schema(&scan, known, COUNT(known), &which)
                && scan_baseline(baseline, &scan);
    if (!good)
        snprintf(error, size, "%s", scan.error);
    at_scan_close(&scan);
    return good;
}

bool at_baseline_read_any(struct at_baseline *baseline, const char *path, char *error, size_t size)
{
    static const char *const known[] = { AT_BASELINE_SCHEMA, AT_RESULTS_SCHEMA };
    struct at_results results = { .pool = baseline->pool };
    struct at_scan scan;
    size_t which;
    bool good = at_scan_open(&scan, path) && at_scan_schema(&scan, known, COUNT(known), &which)
                && (which ? at_results_scan(&results, &scan) : scan_baseline(baseline, &scan));
    if (!good)
        snprintf(error, size, "%s", scan.error);
    else if (which && (good = at_results_sort(&results, error, size)))
        at_baseline_add_results(baseline, &results);
    at_scan_close(&scan);
    at_results_free(&results);
    return good;
}
