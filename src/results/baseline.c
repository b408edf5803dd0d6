/* SPDX-License-Identifier: MIT */
/* See baseline.h: the model and its writer. */
#define _GNU_SOURCE
#include "results/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "results/environment.h"

void at_baseline_free(struct at_baseline *baseline)
{
    for (size_t i = 0; i < baseline->sections.n; i++)
        free(baseline->sections.at[i].tests);
    free(baseline->sections.at);
    free(baseline->locations.at);
    *baseline = (struct at_baseline){ .pool = baseline->pool };
}

struct at_section *at_baseline_section(const struct at_baseline *baseline,
                                       const struct at_environment *environment)
{
    for (size_t i = 0; i < baseline->sections.n; i++)
        if (at_environment_equal(&baseline->sections.at[i].environment, environment))
            return &baseline->sections.at[i];
    return NULL;
}

static int by_environment(const void *left, const void *right, void *pool)
{
    const struct at_section *a = left, *b = right;
    int order = 0;
    for (size_t i = 0; i < AT_ENVIRONMENT_KEY && order == 0; i++)
        order = strcmp(at_pool_get(pool, a->environment.fields[i]),
                       at_pool_get(pool, b->environment.fields[i]));
    return order;
}

struct at_section *at_baseline_add_section(struct at_baseline *baseline,
                                           const struct at_environment *environment)
{
    struct at_section *section = at_array_add(&baseline->sections);
    section->environment = *environment;
    qsort_r(baseline->sections.at, baseline->sections.n, sizeof *section, by_environment,
            baseline->pool);
    struct at_section *added = at_baseline_section(baseline, environment);
    if (!added)
        __builtin_unreachable(); /* it was just added */
    return added;
}

static int by_id(const void *left, const void *right, void *pool)
{
    const struct at_baseline_test *a = left, *b = right;
    int order = at_result_compare_id(pool, a->id, a->parameter, b->id, b->parameter);
    return order ? order : strcmp(at_pool_get(pool, a->program), at_pool_get(pool, b->program));
}

void at_section_sort(struct at_section *section, struct at_pool *pool)
{
    if (section->n_tests)
        qsort_r(section->tests, section->n_tests, sizeof *section->tests, by_id, pool);
}

struct at_baseline_test *at_section_add_test(struct at_section *section)
{
    section->tests =
        at_grow(section->tests, section->n_tests, &section->capacity, sizeof *section->tests);
    return &section->tests[section->n_tests++];
}

void at_baseline_record(struct at_baseline *baseline, struct at_baseline_test *recorded,
                        const struct at_results *results, const struct at_result_test *test)
{
    recorded->id = test->id;
    recorded->parameter = test->parameter;
    recorded->program = test->program;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        recorded->metrics[i] = test->usage[at_baseline_metrics[i]];
    recorded->locations = baseline->locations.n;
    at_locations_of(&baseline->locations, results, test);
    recorded->n_locations = baseline->locations.n - recorded->locations;
}

bool at_baseline_knows_locations(const struct at_baseline_test *recorded)
{
    return recorded->n_locations > 0 || recorded->metrics[AT_BASELINE_ALLOCS] == 0;
}

const struct at_location *at_baseline_test_locations(const struct at_baseline *baseline,
                                                     const struct at_baseline_test *recorded)
{
    return recorded->n_locations ? &baseline->locations.at[recorded->locations] : NULL;
}

void at_baseline_add_results(struct at_baseline *baseline, const struct at_results *results)
{
    struct at_section *section = at_baseline_add_section(baseline, &results->environment);
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        struct at_baseline_test *recorded = at_section_add_test(section);
        at_baseline_record(baseline, recorded, results, test);
        recorded->unmeasured = !test->measured;
        recorded->unreliable =
            test->status == AT_TEST_SKIPPED ? "it was skipped" : at_result_why_unreliable(test);
    }
    at_section_sort(section, baseline->pool);
}

static void add_location(struct at_text *text, const struct at_pool *pool,
                         const struct at_location *location)
{
    at_json_separate(text);
    at_text_add_string(text, "\n   {");
    if (location->function)
        at_json_member(text, "function", at_pool_get(pool, location->function));
    if (location->file)
        at_json_member(text, location->line ? "file" : "module", at_pool_get(pool, location->file));
    if (location->line)
        at_json_integer(text, "line", location->line);
    if (location->source)
        at_json_member(text, "source", at_pool_get(pool, location->source));
    at_json_member(text, "call", at_pool_get(pool, location->call));
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        if (location->metrics[i] > (i == AT_BASELINE_LEAKS ? 0 : -1))
            at_json_integer(text, at_location_part_name(i), location->metrics[i]);
    at_text_add_string(text, "}");
}

static void add_tolerances(struct at_text *text, const struct at_pool *pool,
                           const struct at_baseline_test *recorded)
{
    bool any = false;
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        struct at_text tolerance = { 0 };
        if (recorded->allow[i].amount == 0)
            continue;
        if (!any) {
            at_text_add_string(text, ",\n ");
            at_json_string(text, "allow");
            at_text_add_string(text, ":{");
        }
        any = true;
        at_tolerance_describe(&tolerance, &recorded->allow[i]);
        at_json_member(text, at_baseline_metric_name(i), at_text_get(&tolerance));
        at_text_free(&tolerance);
    }
    if (any)
        at_text_add_string(text, "}");
    if (recorded->reason)
        at_json_member(text, "reason", at_pool_get(pool, recorded->reason));
}

static void add_test(struct at_text *text, const struct at_baseline *baseline,
                     const struct at_baseline_test *recorded)
{
    at_json_separate(text);
    at_text_add_string(text, "\n{");
    at_json_member(text, "id", at_pool_get(baseline->pool, recorded->id));
    if (recorded->parameter >= 0)
        at_json_integer(text, "parameter", recorded->parameter);
    if (recorded->program)
        at_json_member(text, "program", at_pool_get(baseline->pool, recorded->program));
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++)
        at_json_integer(text, at_baseline_metric_name(i), recorded->metrics[i]);
    add_tolerances(text, baseline->pool, recorded);
    if (recorded->n_locations) {
        at_text_add_string(text, ",\n \"sites\":[");
        for (size_t i = 0; i < recorded->n_locations; i++)
            add_location(text, baseline->pool, &baseline->locations.at[recorded->locations + i]);
        at_text_add_string(text, "]");
    }
    at_text_add_string(text, "}");
}

void at_baseline_write(struct at_text *text, const struct at_baseline *baseline)
{
    at_text_add_string(text, "{\"schema\":\"" AT_BASELINE_SCHEMA "\",\n\"sections\":[");
    for (size_t i = 0; i < baseline->sections.n; i++) {
        const struct at_section *section = &baseline->sections.at[i];
        at_json_separate(text);
        at_text_add_string(text, "\n{\"environment\":");
        at_environment_write(text, baseline->pool, AT_ENVIRONMENT_KEY, &section->environment);
        at_text_add_string(text, ",\n\"tests\":[");
        for (size_t j = 0; j < section->n_tests; j++)
            add_test(text, baseline, &section->tests[j]);
        at_text_add_string(text, "\n]}");
    }
    at_text_add_string(text, "\n]}\n");
}
