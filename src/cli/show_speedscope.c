/* SPDX-License-Identifier: MIT */
/*
 * A speedscope document: a sample for each call site, weighted by its bytes. A sample is a list of
 * frame numbers: the test, the stack, the allocating function. Frames are numbered in this order:
 * the frames of the pool, the tests, the allocating functions.
 */
#include <stdlib.h>

#include "base/json_text.h"
#include "cli/describe.h"
#include "cli/show_write.h"

/* The allocating functions that the call sites use. */
struct calls {
    uint32_t *numbers; /* by string of the pool: 1 + index in `names`; 0: another string */
    AT_ARRAY(uint32_t) names;
};

static void number_calls(struct calls *calls, const struct at_results *results)
{
    size_t capacity = 0;
    for (size_t i = 0; i < results->pool->strings.n; i++)
        calls->numbers = at_grow(calls->numbers, i, &capacity, sizeof *calls->numbers);
    for (size_t i = 0; i < results->sites.n; i++) {
        uint32_t name = results->sites.at[i].function;
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one for each string of the pool */
        if (calls->numbers[name])
            continue;
        *at_array_add(&calls->names) = name;
        calls->numbers[name] = (uint32_t) calls->names.n;
    }
}

static void add_frame(struct at_text *text, const char *name, const char *file, uint32_t line)
{
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "name", name);
    if (line) {
        at_json_member(text, "file", file);
        at_json_integer(text, "line", line);
    }
    at_text_add_string(text, "}");
}

static void add_frames(struct at_text *text, const struct at_results *results,
                       const struct calls *calls)
{
    const struct at_pool *pool = results->pool;
    struct at_text name = { 0 };
    at_json_name(text, "frames");
    at_text_add_string(text, "[");
    for (uint32_t i = 0; i < pool->frames.n; i++) {
        struct at_result_frame frame = at_pool_get_frame(pool, i);
        name.length = 0;
        at_describe_frame(&name, pool, &frame);
        add_frame(text, at_text_get(&name), at_pool_get(pool, frame.file), frame.line);
    }
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        name.length = 0;
        at_result_describe_id(&name, pool, test->shown_program, test->id, test->parameter);
        add_frame(text, at_text_get(&name), at_pool_get(pool, test->file),
                  test->file ? (uint32_t) test->line : 0);
    }
    for (size_t i = 0; i < calls->names.n; i++)
        add_frame(text, at_pool_get(pool, calls->names.at[i]), NULL, 0);
    at_text_add_string(text, "]");
    at_text_free(&name);
}

/* Append the samples; without `calls`, their weights. */
static void add_samples(struct at_text *text, const struct at_results *results,
                        const struct calls *calls)
{
    size_t of_tests = results->pool->frames.n, of_calls = of_tests + results->tests.n;
    bool weights = !calls;
    at_json_name(text, weights ? "weights" : "samples");
    at_text_add_string(text, "[");
    for (size_t i = 0; i < results->tests.n; i++) {
        const struct at_result_test *test = &results->tests.at[i];
        for (size_t j = 0; j < test->n_sites; j++) {
            const struct at_result_site *site = &results->sites.at[test->sites + j];
            at_json_separate(text);
            if (weights) {
                at_text_printf(text, "%lld", (long long) site->bytes);
                continue;
            }
            at_text_printf(text, "[%zu", of_tests + i);
            for (size_t k = site->n_frames; k-- > 0;)
                at_text_printf(text, ",%u", results->stacks.at[site->stack + k]);
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one for each string */
            at_text_printf(text, ",%zu]", of_calls + calls->numbers[site->function] - 1);
        }
    }
    at_text_add_string(text, "]");
}

/* Return the bytes of all call sites, INT64_MAX at most. */
static int64_t sum_bytes(const struct at_results *results)
{
    int64_t total = 0;
    for (size_t i = 0; i < results->sites.n; i++)
        if (__builtin_add_overflow(total, results->sites.at[i].bytes, &total))
            return INT64_MAX;
    return total;
}

void at_show_write_speedscope(struct at_text *text, const struct at_results *results)
{
    struct calls calls = { .numbers = NULL };
    number_calls(&calls, results);
    at_text_add_string(text, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"");
    at_json_member(text, "exporter", "alloc-tracker " AT_VERSION);
    at_json_name(text, "shared");
    at_text_add_string(text, "{");
    add_frames(text, results, &calls);
    at_text_add_string(text, "}");
    at_json_name(text, "profiles");
    at_text_add_string(text, "[{");
    at_json_member(text, "type", "sampled");
    at_json_member(text, "name", "bytes allocated");
    at_json_member(text, "unit", at_metric_names[AT_METRIC_BYTES]);
    at_json_integer(text, "startValue", 0);
    at_json_integer(text, "endValue", sum_bytes(results));
    add_samples(text, results, &calls);
    add_samples(text, results, NULL);
    at_text_add_string(text, "}]}\n");
    free(calls.numbers);
    free(calls.names.at);
}
