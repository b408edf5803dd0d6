/* SPDX-License-Identifier: MIT */
/* See baseline.h: the model, and how it is written. */
#define _GNU_SOURCE
#include "results/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "results/environment.h"

void at_baseline_free(struct at_baseline *baseline)
{
    for (size_t i = 0; i < baseline->sections.n; i++)
        free(baseline->sections.at[i].entries);
    free(baseline->sections.at);
    free(baseline->places.at);
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
        __builtin_unreachable(); /* said for those who analyse */
    return added;
}

static int by_id(const void *left, const void *right, void *pool)
{
    const struct at_baseline_test *a = left, *b = right;
    return at_result_compare_id(pool, a->id, a->parameter, b->id, b->parameter);
}

void at_section_sort(struct at_section *section, struct at_pool *pool)
{
    if (section->n_entries)
        qsort_r(section->entries, section->n_entries, sizeof *section->entries, by_id, pool);
}

struct at_baseline_test *at_section_add(struct at_section *section)
{
    section->entries =
        at_grow(section->entries, section->n_entries, &section->capacity, sizeof *section->entries);
    return &section->entries[section->n_entries++];
}

struct at_baseline_test *at_section_find(const struct at_section *section,
                                         const struct at_pool *pool, uint32_t id, int64_t parameter)
{
    size_t low = 0, high = section ? section->n_entries : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct at_baseline_test *entry = &section->entries[middle];
        int order = at_result_compare_id(pool, id, parameter, entry->id, entry->parameter);
        if (order == 0)
            return entry;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void at_baseline_test_take(struct at_baseline *baseline, struct at_baseline_test *entry,
                           const struct at_results *results, const struct at_result_test *test)
{
    entry->id = test->id;
    entry->parameter = test->parameter;
    for (size_t i = 0; i < AT_GATES; i++)
        entry->figures[i] = test->usage[at_gate_figures[i]];
    entry->places = baseline->places.n;
    at_locations_of(&baseline->places, results, test);
    entry->n_locations = baseline->places.n - entry->places;
}

const struct at_location *at_baseline_test_locations(const struct at_baseline *baseline,
                                                     const struct at_baseline_test *entry)
{
    return entry->n_locations ? &baseline->places.at[entry->places] : NULL;
}

void at_baseline_take(struct at_baseline *baseline, const struct at_results *results)
{
    struct at_section *section = at_baseline_add_section(baseline, &results->environment);
    for (size_t i = 0; i < results->tests.n; i++)
        if (results->tests.at[i].measured)
            at_baseline_test_take(baseline, at_section_add(section), results,
                                  &results->tests.at[i]);
    at_section_sort(section, baseline->pool);
}

static void add_place(struct at_text *text, const struct at_pool *pool,
                      const struct at_location *place)
{
    at_json_separate(text);
    at_text_add_string(text, "\n   {");
    if (place->function)
        at_json_member(text, "function", at_pool_get(pool, place->function));
    if (place->file)
        at_json_member(text, place->line ? "file" : "module", at_pool_get(pool, place->file));
    if (place->line)
        at_json_integer(text, "line", place->line);
    at_json_member(text, "call", at_pool_get(pool, place->call));
    at_json_integer(text, "allocs", place->allocs);
    at_json_integer(text, "bytes", place->bytes);
    at_text_add_string(text, "}");
}

static void add_tolerances(struct at_text *text, const struct at_pool *pool,
                           const struct at_baseline_test *entry)
{
    bool any = false;
    for (size_t i = 0; i < AT_GATES; i++) {
        struct at_text tolerance = { 0 };
        if (entry->allow[i].amount == 0)
            continue;
        if (!any) {
            at_text_add_string(text, ",\n ");
            at_json_string(text, "allow");
            at_text_add_string(text, ":{");
        }
        any = true;
        at_tolerance_describe(&tolerance, &entry->allow[i]);
        at_json_member(text, at_gate_names[i], at_text_get(&tolerance));
        at_text_free(&tolerance);
    }
    if (any)
        at_text_add_string(text, "}");
    if (entry->reason)
        at_json_member(text, "reason", at_pool_get(pool, entry->reason));
}

static void add_entry(struct at_text *text, const struct at_baseline *baseline,
                      const struct at_baseline_test *entry)
{
    at_json_separate(text);
    at_text_add_string(text, "\n{");
    at_json_member(text, "id", at_pool_get(baseline->pool, entry->id));
    if (entry->parameter >= 0)
        at_json_integer(text, "parameter", entry->parameter);
    for (size_t i = 0; i < AT_GATES; i++)
        at_json_integer(text, at_gate_names[i], entry->figures[i]);
    add_tolerances(text, baseline->pool, entry);
    if (entry->n_locations) {
        at_text_add_string(text, ",\n \"sites\":[");
        for (size_t i = 0; i < entry->n_locations; i++)
            add_place(text, baseline->pool, &baseline->places.at[entry->places + i]);
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
        for (size_t j = 0; j < section->n_entries; j++)
            add_entry(text, baseline, &section->entries[j]);
        at_text_add_string(text, "\n]}");
    }
    at_text_add_string(text, "\n]}\n");
}
