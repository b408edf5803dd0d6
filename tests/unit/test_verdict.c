/* SPDX-License-Identifier: MIT */
/* verdict/verdict.h: a region that could not be recorded completely does not pass.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "verdict/describe.h"
#include "verdict/verdict.h"

static void *volatile sink;
static const struct at_verdict_headline where = { "headline", NULL, 0 };

static bool check(struct at_region *region, const struct at_limits *limits)
{
    at_verdict_end_region(region, limits);
    return at_verdict_is_within(region, limits);
}

static struct at_region *lose_events(const struct at_limits *limits)
{
    struct at_region_options options = at_verdict_region_options(limits);
    struct at_region *region = NULL;
    cr_assert_eq(at_region_open(&options, &region), AT_OK);
    cr_assert(at_tracker_enter());
    for (int i = 0; i < 66; i++)
        sink = malloc(1);
    at_tracker_leave();
    return region;
}

Test(verdict, lost_events_fail_whatever_the_figures_say)
{
    struct at_limits limits = { 0 };
    limits.metrics[AT_METRIC_ALLOCS] = (struct at_metric_limit){ .has_max = true, .max = 1000 };
    struct at_region *region = lose_events(&limits);
    cr_assert_not(check(region, &limits));
    struct at_verdict_message verdict = at_verdict_describe(region, &limits, &where, "file.c", 7);
    const char *text = at_text_get(&verdict.text);
    cr_expect(strstr(text, "headline: ") == text);
    cr_expect(strstr(text, "2 events did not fit the tracker's tables") != NULL, "%s", text);
    cr_expect_str_eq(verdict.file, "file.c");
    cr_expect_eq(verdict.line, 7);
    at_text_free(&verdict.text);
    at_region_free(region);
}

/* Call sites cost an unwinding each: a test without a limit has none, until it sets one. */
Test(verdict, sites_from_when_they_are_wanted)
{
    struct at_limits limits = { 0 };
    struct at_region_options options = at_verdict_region_options(&limits);
    struct at_region *region = NULL;
    cr_assert_eq(at_region_open(&options, &region), AT_OK);
    sink = malloc(1);
    sink = malloc(2);
    cr_expect_not(at_tracker_wants_stack(at_thread_get()));
    at_region_want_sites(region);
    at_region_want_sites(region);
    cr_expect(at_tracker_wants_stack(at_thread_get()));
    sink = malloc(4);
    limits.metrics[AT_METRIC_BYTES] = (struct at_metric_limit){ .has_max = true, .max = 6 };
    cr_assert_not(check(region, &limits));
    cr_expect_eq(at_region_n_sites(region), 1);
    cr_expect_eq(at_region_usage(region).dropped, 0);
    struct at_verdict_message verdict = at_verdict_describe(region, &limits, &where, "file.c", 7);
    const char *text = at_text_get(&verdict.text);
    cr_expect(strstr(text, "headline: 7 bytes; expected at most 6") == text, "%s", text);
    cr_expect(strstr(text, "not shown: 2 allocations before the budget was set") != NULL, "%s",
              text);
    at_text_free(&verdict.text);
    at_region_free(region);
    cr_expect_not(at_tracker_wants_stack(at_thread_get()));
}

/* A bound traps in a debugger and fails a test whose process ends early. */
Test(verdict, a_limit_that_warns_is_not_a_bound)
{
    static const bool warns[] = { false, true };
    for (size_t i = 0; i < 2; i++) {
        const struct at_budget budget = { .allocs = at_most(0), .warn = warns[i] };
        struct at_limits limits = { 0 };
        struct at_region *region = NULL;
        at_limits_add(&limits, &budget, AT_SOURCE_TEST);
        struct at_region_options options = at_verdict_region_options(&limits);
        cr_assert_eq(at_region_open(&options, &region), AT_OK);
        at_verdict_set_bounds(region, &limits);
        sink = malloc(1);
        cr_expect_eq(at_region_is_over_bound(region), !warns[i]);
        at_region_free(region);
    }
}

Test(verdict, without_a_limit_nothing_is_claimed)
{
    struct at_limits limits = { 0 };
    struct at_region *region = lose_events(&limits);
    cr_expect(check(region, &limits));
    at_region_free(region);
}

/* A child cannot abort the test, whose jump is its parent's: it ends, and its status tells. */
Test(verdict, a_fatal_assertion_in_a_child, .timeout = 30)
{
    pid_t pid = fork();
    if (pid == 0) {
        cr_assert_no_alloc(sink = malloc(8));
        _exit(7);
    }
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), EXIT_FAILURE);
}
