/* SPDX-License-Identifier: MIT */
/*
 * A speedscope document: a profile for each metric, the chosen one first. A profile has a sample
 * for each call site that contributes, weighted by its part of the metric. A sample is a list of
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

static void add_sample(struct at_text *text, const struct at_results *results,
                       const struct calls *calls, size_t test, const struct at_result_site *site)
{
    size_t of_tests = results->pool->frames.n, of_calls = of_tests + results->tests.n;
    at_json_separate(text);
    at_text_printf(text, "[%zu", of_tests + test);
    for (size_t k = site->n_frames; k-- > 0;)
        at_text_printf(text, ",%u", results->stacks.at[site->stack + k]);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one for each string */
    at_text_printf(text, ",%zu]", of_calls + calls->numbers[site->function] - 1);
}

/* Append the profile of a metric. */
static void add_profile(struct at_text *text, const struct at_results *results,
                        const struct calls *calls, enum at_by by)
{
    struct at_text samples = { 0 }, weights = { 0 };
    int64_t total = 0;
    for (size_t i = 0; i < results->tests.n; i++) {
        struct at_ranking ranking = at_by_rank(results, &results->tests.at[i], by);
        for (size_t k = 0; k < ranking.n; k++) {
            int64_t weight = at_by_weight(ranking.at[k], by);
            add_sample(&samples, results, calls, i, ranking.at[k]);
            at_json_separate(&weights);
            at_text_printf(&weights, "%lld", (long long) weight);
            if (__builtin_add_overflow(total, weight, &total))
                total = INT64_MAX;
        }
        free(ranking.at);
    }
    at_json_separate(text);
    at_text_add_string(text, "{");
    at_json_member(text, "type", "sampled");
    at_json_member(text, "name", at_by_words[by].label);
    at_json_member(text, "unit", by == AT_BY_ALLOCS ? at_none : at_by_name(AT_BY_BYTES));
    at_json_integer(text, "startValue", 0);
    at_json_integer(text, "endValue", total);
    at_json_name(text, "samples");
    at_text_printf(text, "[%s]", at_text_get(&samples));
    at_json_name(text, "weights");
    at_text_printf(text, "[%s]}", at_text_get(&weights));
    text->truncated |= samples.truncated | weights.truncated;
    at_text_free(&samples);
    at_text_free(&weights);
}

void at_show_write_speedscope(struct at_text *text, const struct at_results *results,
                              const struct at_show_options *options)
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
    at_text_add_string(text, "[");
    add_profile(text, results, &calls, options->by);
    for (enum at_by by = 0; by < AT_N_BY; by++)
        if (by != options->by && !at_by_find_unknown(results, by))
            add_profile(text, results, &calls, by);
    at_text_add_string(text, "]}\n");
    free(calls.numbers);
    free(calls.names.at);
}
