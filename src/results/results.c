/* SPDX-License-Identifier: MIT */
/* The model of results.h: pools, environments, tests. */
#define _GNU_SOURCE
#include "results/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t intern_or_exit(struct at_intern *intern, const void *bytes, size_t n)
{
    uint32_t number = at_intern_put(intern, bytes, n);
    if (number == AT_INTERN_NONE)
        at_grow_failed();
    return number;
}

uint32_t at_pool_put(struct at_pool *pool, const char *string)
{
    if (pool->strings.n == 0)
        intern_or_exit(&pool->strings, "", 1);
    return intern_or_exit(&pool->strings, string, strlen(string) + 1);
}

const char *at_pool_get(const struct at_pool *pool, uint32_t string)
{
    size_t n;
    return string ? at_intern_get(&pool->strings, string, &n) : "";
}

uint32_t at_pool_put_frame(struct at_pool *pool, const struct at_result_frame *frame)
{
    return intern_or_exit(&pool->frames, frame, sizeof *frame);
}

struct at_result_frame at_pool_get_frame(const struct at_pool *pool, uint32_t frame)
{
    struct at_result_frame found;
    size_t n;
    memcpy(&found, at_intern_get(&pool->frames, frame, &n), sizeof found);
    return found;
}

void at_pool_free(struct at_pool *pool)
{
    at_intern_free(&pool->strings);
    at_intern_free(&pool->frames);
}

bool at_environment_equal(const struct at_environment *a, const struct at_environment *b)
{
    return memcmp(a->fields, b->fields, AT_ENVIRONMENT_KEY * sizeof a->fields[0]) == 0;
}

void at_environment_describe(struct at_text *text, const struct at_pool *pool,
                             const struct at_environment *environment)
{
    for (int i = 0; i < AT_ENVIRONMENT_KEY; i++) {
        const char *value = at_pool_get(pool, environment->fields[i]);
        bool named = i == AT_ENVIRONMENT_OPTIMIZATION || i == AT_ENVIRONMENT_SANITIZER
                     || strcmp(value, at_unknown) == 0 || strcmp(value, at_mixed) == 0;
        at_text_printf(text, "%s%s%s%s", i ? ", " : "", named ? at_environment_names[i] : "",
                       named ? " " : "", value);
    }
}

void at_results_free(struct at_results *results)
{
    free(results->tests.at);
    free(results->sites.at);
    free(results->limits.at);
    free(results->stacks.at);
    *results = (struct at_results){ .pool = results->pool };
}

int at_result_compare_id(const struct at_pool *pool, uint32_t id_a, int64_t parameter_a,
                         uint32_t id_b, int64_t parameter_b)
{
    if (id_a != id_b)
        return strcmp(at_pool_get(pool, id_a), at_pool_get(pool, id_b));
    return (parameter_a > parameter_b) - (parameter_a < parameter_b);
}

/* Of equal tests, one that ran comes before one that was skipped. */
static int by_id(const void *left, const void *right, void *pool)
{
    const struct at_result_test *a = left, *b = right;
    int order = at_result_compare_id(pool, a->id, a->parameter, b->id, b->parameter);
    if (order == 0)
        order = strcmp(at_pool_get(pool, a->program), at_pool_get(pool, b->program));
    if (order == 0)
        order = (a->status == AT_TEST_SKIPPED) - (b->status == AT_TEST_SKIPPED);
    return order;
}

/* In sorted tests, set the programs to show: of each id that several programs have. */
static void set_shown_programs(struct at_result_test *tests, size_t n)
{
    for (size_t first = 0, next; first < n; first = next) {
        bool several = false;
        for (next = first + 1; next < n && tests[next].id == tests[first].id; next++)
            several |= tests[next].program != tests[first].program;
        for (size_t i = first; i < next; i++)
            tests[i].shown_program = several ? tests[i].program : 0;
    }
}

bool at_results_sort(struct at_results *results, char *error, size_t size)
{
    struct at_result_test *tests = results->tests.at;
    size_t kept = 0;
    if (results->tests.n)
        qsort_r(tests, results->tests.n, sizeof *tests, by_id, results->pool);
    for (size_t i = 0; i < results->tests.n; i++) {
        struct at_result_test *last = kept ? &tests[kept - 1] : NULL;
        if (!last || last->id != tests[i].id || last->parameter != tests[i].parameter
            || last->program != tests[i].program) {
            tests[kept++] = tests[i];
        } else if (tests[i].status != AT_TEST_SKIPPED) {
            struct at_text id = { 0 };
            at_result_describe_id(&id, results->pool, last->program, last->id, last->parameter);
            snprintf(error, size, "%s:%llu:%llu: test %s is in %s:%llu:%llu already", tests[i].path,
                     (unsigned long long) tests[i].read_line,
                     (unsigned long long) tests[i].read_column, at_text_get(&id), last->path,
                     (unsigned long long) last->read_line, (unsigned long long) last->read_column);
            at_text_free(&id);
            return false;
        }
    }
    results->tests.n = kept;
    set_shown_programs(tests, kept);
    return true;
}

void at_results_append(struct at_results *to, struct at_results *from)
{
    for (size_t i = 0; i < from->tests.n; i++) {
        struct at_result_test test = from->tests.at[i];
        test.sites += to->sites.n;
        test.limits += to->limits.n;
        *at_array_add(&to->tests) = test;
    }
    for (size_t i = 0; i < from->sites.n; i++) {
        struct at_result_site site = from->sites.at[i];
        site.stack += to->stacks.n;
        *at_array_add(&to->sites) = site;
    }
    for (size_t i = 0; i < from->limits.n; i++)
        *at_array_add(&to->limits) = from->limits.at[i];
    for (size_t i = 0; i < from->stacks.n; i++)
        *at_array_add(&to->stacks) = from->stacks.at[i];
    at_results_free(from);
}

struct at_result_frame at_result_frame(const struct at_results *results,
                                       const struct at_result_site *site, size_t i)
{
    return at_pool_get_frame(results->pool, results->stacks.at[site->stack + i]);
}

void at_result_describe_id(struct at_text *text, const struct at_pool *pool, uint32_t shown_program,
                           uint32_t id, int64_t parameter)
{
    if (shown_program)
        at_text_printf(text, "%s: ", at_pool_get(pool, shown_program));
    at_text_add_string(text, at_pool_get(pool, id));
    if (parameter >= 0)
        at_text_printf(text, "[%lld]", (long long) parameter);
}

struct at_summary_row at_result_summary(const struct at_result_test *test, const char *id)
{
    return (struct at_summary_row){
        .id = id,
        .usage = test->measured ? test->usage : NULL,
        .status = (enum at_test_status) test->status,
        .verdict = (enum at_verdict) test->verdict,
        .signal = test->signal,
        .dropped = test->dropped,
    };
}

const char *at_result_why_unreliable(const struct at_result_test *test)
{
    struct at_summary_row row = at_result_summary(test, "");
    return at_summary_why_unreliable(&row);
}
