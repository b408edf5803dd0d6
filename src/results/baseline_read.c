/* SPDX-License-Identifier: MIT */
/* at_baseline_read(): docs/baseline.schema.json as tables of members. */
#include <stdio.h>

#include "base/json_scan.h"
#include "results/baseline.h"
#include "results/environment.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct reader {
    struct at_baseline *baseline;
    struct at_section section;
    struct at_baseline_test entry;
    struct at_location place;
};

static bool read_name(struct at_scan *scan, const struct reader *reader, uint32_t *name)
{
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    *name = at_pool_put(reader->baseline->pool, string);
    return true;
}

/* Places. */
static bool read_place_function(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->place.function);
}

static bool read_place_file(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->place.file);
}

static bool read_place_call(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->place.call);
}

static bool read_place_line(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    int64_t line;
    if (!at_scan_integer(scan, 1, &line))
        return false;
    if (line > UINT32_MAX)
        return at_scan_fail(scan, "a line beyond 32 bits");
    reader->place.line = (uint32_t) line;
    return true;
}

static bool read_place_allocs(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->place.allocs);
}

static bool read_place_bytes(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->place.bytes);
}

static bool read_place(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = {
        { "function", read_place_function, false }, { "file", read_place_file, false },
        { "module", read_place_file, false },       { "line", read_place_line, false },
        { "call", read_place_call, true },          { "allocs", read_place_allocs, true },
        { "bytes", read_place_bytes, true },
    };
    struct reader *reader = context;
    reader->place = (struct at_location){ 0 };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    *at_array_add(&reader->baseline->places) = reader->place;
    reader->entry.n_locations++;
    return true;
}

static bool read_places(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_place, context);
}

/* Entries. */
static bool read_tolerance(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    struct at_tolerance *tolerance = &reader->entry.allow[scan->member];
    const char *string;
    if (!at_scan_string(scan, &string))
        return false;
    if (!at_tolerance_parse(string, tolerance))
        return at_scan_fail(scan, "expected a tolerance, \"+2\" or \"+5%%\", not \"%s\"", string);
    return true;
}

static bool read_allow(struct at_scan *scan, void *context)
{
    struct at_member members[AT_GATES];
    for (size_t i = 0; i < AT_GATES; i++)
        members[i] = (struct at_member){ at_gate_names[i], read_tolerance, false };
    return at_scan_object(scan, members, AT_GATES, context);
}

static bool read_reason(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return read_name(scan, reader, &reader->entry.reason);
}

static bool read_id(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    if (!read_name(scan, reader, &reader->entry.id))
        return false;
    return reader->entry.id ? true : at_scan_fail(scan, "an empty id");
}

static bool read_parameter(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->entry.parameter);
}

static bool read_figure(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    return at_scan_integer(scan, 0, &reader->entry.figures[scan->member]);
}

static bool read_entry(struct at_scan *scan, void *context)
{
    struct at_member members[AT_GATES + 5] = {
        [AT_GATES] = { "id", read_id, true },
        [AT_GATES + 1] = { "parameter", read_parameter, false },
        [AT_GATES + 2] = { "allow", read_allow, false },
        [AT_GATES + 3] = { "reason", read_reason, false },
        [AT_GATES + 4] = { "sites", read_places, false },
    };
    struct reader *reader = context;
    struct at_section *section = &reader->section;
    for (size_t i = 0; i < AT_GATES; i++)
        members[i] = (struct at_member){ at_gate_names[i], read_figure, true };
    at_scan_next(scan);
    struct at_scan_place place = at_scan_place(scan);
    reader->entry = (struct at_baseline_test){
        .parameter = -1,
        .places = reader->baseline->places.n,
        .read_line = place.line,
        .read_column = place.column,
    };
    if (!at_scan_object(scan, members, COUNT(members), reader))
        return false;
    *at_section_add(section) = reader->entry;
    return true;
}

/* Sections. */
static bool read_entries(struct at_scan *scan, void *context)
{
    struct reader *reader = context;
    struct at_section *section = &reader->section;
    if (!at_scan_array(scan, read_entry, context))
        return false;
    at_section_sort(section, reader->baseline->pool);
    for (size_t i = 1; i < section->n_entries; i++) {
        const struct at_baseline_test *a = &section->entries[i - 1], *b = &section->entries[i];
        if (a->id != b->id || a->parameter != b->parameter)
            continue;
        const struct at_baseline_test *later = a->read_line > b->read_line ? a : b;
        return at_scan_fail_at(scan, (struct at_scan_place){ later->read_line, later->read_column },
                               "test %s stands in this section twice",
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
        { "tests", read_entries, true },
    };
    struct reader *reader = context;
    reader->section = (struct at_section){ 0 };
    bool good = at_scan_object(scan, members, COUNT(members), reader);
    struct at_environment environment = reader->section.environment;
    *at_baseline_add_section(reader->baseline, &environment) = reader->section;
    return good;
}

static bool read_sections(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_section, context);
}

bool at_baseline_scan(struct at_baseline *baseline, struct at_scan *scan)
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
                && at_baseline_scan(baseline, &scan);
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
                && (which ? at_results_scan(&results, &scan) : at_baseline_scan(baseline, &scan));
    if (!good)
        snprintf(error, size, "%s", scan.error);
    else if (which && (good = at_results_sort(&results, error, size)))
        at_baseline_take(baseline, &results);
    at_scan_close(&scan);
    at_results_free(&results);
    return good;
}
