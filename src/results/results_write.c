/* SPDX-License-Identifier: MIT */
/* at_results_write(): the same file as the plugin writes, one line a test. And the compact form. */
#include <stdlib.h>

#include "base/json_text.h"
#include "results/environment.h"
#include "results/results.h"
#include "results/usage.h"

/* The frames of one list, numbered in the order in which call sites use them. */
struct numbering {
    uint32_t *numbers;         /* by number in the pool: 1 + number in the list; 0: unused */
    AT_ARRAY(uint32_t) frames; /* by number in the list: number in the pool */
    bool shared;               /* one list for all tests, not one for each */
};

static void add_limit(struct at_text *text, const struct at_result_limit *limit)
{
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "metric", at_metric_names[limit->metric]);
    if (limit->has_min)
        at_json_integer(text, "min", limit->min);
    if (limit->has_max)
        at_json_integer(text, "max", limit->max);
    at_json_member(text, "scope", at_scope_names[limit->scope]);
    at_json_member(text, "from", at_limit_source_names[limit->source]);
    if (limit->warn) {
        at_json_name(text, "warn");
        at_text_add_string(text, "true");
    }
    at_text_add_string(text, "}");
}

static void add_frames(struct at_text *text, const struct at_results *results,
                       const struct numbering *numbering)
{
    const struct at_pool *pool = results->pool;
    at_json_name(text, "frames");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < numbering->frames.n; i++) {
        const struct at_result_frame frame = at_pool_get_frame(pool, numbering->frames.at[i]);
        at_json_separate(text);
        at_text_add_string(text, "{");
        if (frame.function)
            at_json_member(text, "function", at_pool_get(pool, frame.function));
        if (frame.file)
            at_json_member(text, "file", at_pool_get(pool, frame.file));
        if (frame.line)
            at_json_integer(text, "line", frame.line);
        if (frame.source)
            at_json_member(text, "source", at_pool_get(pool, frame.source));
        if (frame.module)
            at_json_member(text, "module", at_pool_get(pool, frame.module));
        if (!frame.line)
            at_json_count(text, "offset", frame.offset);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "]");
}

/* Add the optional metrics of a call site that are known. */
static void add_known_metrics(struct at_text *text, const struct at_result_site *site)
{
    const int64_t values[AT_SITE_MEMBERS] = {
        [AT_SITE_MIN_BYTES] = site->min_bytes,
        [AT_SITE_MAX_BYTES] = site->max_bytes,
        [AT_SITE_PEAK_COUNT] = site->peak_count,
        [AT_SITE_PEAK_BYTES] = site->peak_bytes,
    };
    for (size_t i = 0; i < AT_SITE_MEMBERS; i++)
        if (values[i] >= 0)
            at_json_integer(text, at_site_member_names[i], values[i]);
}

static void add_site(struct at_text *text, const struct at_results *results,
                     const struct at_result_site *site, struct numbering *numbering)
{
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "function", at_pool_get(results->pool, site->function));
    at_json_name(text, "stack");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < site->n_frames; i++) {
        uint32_t frame = results->stacks.at[site->stack + i];
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one for each frame of the pool */
        if (numbering->numbers[frame] == 0) {
            *at_array_add(&numbering->frames) = frame;
            numbering->numbers[frame] = (uint32_t) numbering->frames.n;
        }
        at_json_separate(text);
        at_text_printf(text, "%u", numbering->numbers[frame] - 1);
    }
    at_text_add_string(text, "]");
    if (site->end != AT_TRACE_WHOLE)
        at_json_member(text, "stack_end", at_stack_end_names[site->end]);
    at_json_integer(text, "count", site->count);
    at_json_integer(text, at_usage_name(AT_USAGE_BYTES), site->bytes);
    add_known_metrics(text, site);
    at_json_integer(text, at_usage_name(AT_USAGE_LEAKS), site->leaks);
    at_json_integer(text, at_usage_name(AT_USAGE_LEAKED_BYTES), site->leaked_bytes);
    at_text_add_string(text, "}");
}

static void add_sites(struct at_text *text, const struct at_results *results,
                      const struct at_result_test *test, struct numbering *numbering)
{
    struct at_text sites = { 0 };
    at_text_add_string(&sites, "[");
    for (size_t i = 0; i < test->n_sites; i++)
        add_site(&sites, results, &results->sites.at[test->sites + i], numbering);
    at_text_add_string(&sites, "]");
    if (!numbering->shared)
        add_frames(text, results, numbering);
    at_json_name(text, "sites");
    at_text_add_string(text, test->has_sites ? at_text_get(&sites) : "null");
    text->truncated |= sites.truncated;
    at_text_free(&sites);
    if (numbering->shared)
        return;
    for (size_t i = 0; i < numbering->frames.n; i++)
        numbering->numbers[numbering->frames.at[i]] = 0;
    numbering->frames.n = 0;
}

static void add_test(struct at_text *text, const struct at_results *results,
                     const struct at_result_test *test, struct numbering *numbering)
{
    at_json_member(text, "id", at_pool_get(results->pool, test->id));
    if (test->parameter >= 0)
        at_json_integer(text, "parameter", test->parameter);
    if (test->program)
        at_json_member(text, "program", at_pool_get(results->pool, test->program));
    if (test->file)
        at_json_member(text, "file", at_pool_get(results->pool, test->file));
    if (test->line)
        at_json_integer(text, "line", test->line);
    at_json_member(text, "status", at_test_status_names[test->status]);
    if (test->signal)
        at_json_integer(text, "signal", test->signal);
    if (test->exit)
        at_json_integer(text, "exit", test->exit);
    at_usage_add_values(text, test->measured ? test->usage : NULL);
    add_sites(text, results, test, numbering);
    at_json_integer(text, "dropped", test->dropped);
    at_json_name(text, "budget");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < test->n_limits; i++)
        add_limit(text, &results->limits.at[test->limits + i]);
    at_text_add_string(text, "]");
    at_json_member(text, "verdict", at_verdict_names[test->verdict]);
    if (test->reason)
        at_json_member(text, "reason", at_pool_get(results->pool, test->reason));
}

static void write_results(struct at_text *text, const struct at_results *results, bool shared)
{
    size_t capacity = 0;
    struct numbering numbering = { .shared = shared };
    for (size_t i = 0; i < results->pool->frames.n; i++)
        numbering.numbers = at_grow(numbering.numbers, i, &capacity, sizeof *numbering.numbers);
    at_text_add_string(text, shared ? "{" : "{\"schema\":\"" AT_RESULTS_SCHEMA "\",\n");
    at_text_add_string(text, "\"environment\":");
    at_environment_write(text, results->pool, AT_ENVIRONMENT_FIELDS, &results->environment);
    at_text_add_string(text, ",\n\"tests\":[");
    for (size_t i = 0; i < results->tests.n; i++) {
        at_text_add_string(text, i ? ",\n{" : "\n{");
        add_test(text, results, &results->tests.at[i], &numbering);
        at_text_add_string(text, "}");
    }
    at_text_add_string(text, "\n]");
    if (shared)
        add_frames(text, results, &numbering);
    at_text_add_string(text, "}\n");
    free(numbering.numbers);
    free(numbering.frames.at);
}

void at_results_write(struct at_text *text, const struct at_results *results)
{
    write_results(text, results, false);
}

void at_results_write_compact(struct at_text *text, const struct at_results *results)
{
    write_results(text, results, true);
}
