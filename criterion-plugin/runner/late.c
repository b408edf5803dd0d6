/* SPDX-License-Identifier: MIT */
/* See late.h. */
#include "runner/late.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/logging.h>
#include <criterion/options.h>

#include "runner/messages.h"

static struct criterion_alloc_shared *run_shared;
static struct criterion_logger *theirs; /* Criterion's */
static struct criterion_logger ours;

/* Return whether a verdict on the test's leaks follows. */
static bool is_late(const struct criterion_test_stats *stats)
{
    const struct criterion_test *test = stats->test;
    uint32_t index = criterion_alloc_shared_find(run_shared, test->category, test->name);
    return index < run_shared->n_entries
           && __atomic_load_n(&criterion_alloc_shared_entry(run_shared, index)->late,
                              __ATOMIC_ACQUIRE);
}

/* Return whether an assertion of the plugin failed after the test had ended. An assertion that a
   fixture's fini fails does not fail the test. */
static bool failed_late(const struct criterion_test_stats *stats)
{
    if (stats->test_status != CR_STATUS_PASSED || stats->failed_asserts == 0)
        return false;
    struct criterion_alloc_mark mark;
    for (const struct criterion_assert_stats *at = stats->asserts; at; at = at->next)
        if (!at->passed
            && criterion_alloc_message_has(at->message, CRITERION_ALLOC_MARK_LATE, &mark))
            return true;
    return false;
}

/* A test that Criterion has counted as passed, and for which a late verdict may follow. */
static struct waiting {
    struct waiting *next;
    struct criterion_test_stats *stats;
    bool failed;
    bool printed;
} * waiting;

static struct waiting *find_waiting(const struct criterion_test_stats *stats)
{
    struct waiting *at = waiting;
    while (at && at->stats != stats)
        at = at->next;
    return at;
}

/* Print the line of a test, with its final status. */
static void print_verdict(struct waiting *test)
{
    if (test->printed)
        return;
    if (failed_late(test->stats)) {
        test->failed = true;
        test->stats->test_status = CR_STATUS_FAILED;
    }
    test->printed = true;
    if (theirs->log_post_test && (test->failed || test->stats->test_status == CR_STATUS_PASSED))
        theirs->log_post_test(test->stats);
}

static void on_post_test(struct criterion_test_stats *stats)
{
    struct waiting *test = NULL;
    if (stats->test_status == CR_STATUS_PASSED && is_late(stats))
        test = malloc(sizeof *test);
    if (test) {
        *test = (struct waiting){ .next = waiting, .stats = stats };
        waiting = test;
    } else if (theirs->log_post_test) {
        theirs->log_post_test(stats);
    }
}

static void on_post_fini(struct criterion_test_stats *stats)
{
    struct waiting *test = find_waiting(stats);
    if (test)
        print_verdict(test);
    if (theirs->log_post_fini)
        theirs->log_post_fini(stats);
}

void criterion_alloc_late_start(struct criterion_alloc_shared *shared)
{
    run_shared = shared;
    if (criterion_options.logger == &ours)
        return;
    theirs = criterion_options.logger;
    ours = *theirs;
    ours.log_post_test = on_post_test;
    ours.log_post_fini = on_post_fini;
    criterion_options.logger = &ours;
}

void criterion_alloc_late_finish(struct criterion_global_stats *all)
{
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *stats = suite->tests; stats; stats = stats->next) {
            struct waiting *test = find_waiting(stats);
            if (!test)
                continue;
            print_verdict(test); /* its process ended before its fixtures did */
            suite->tests_passed -= test->failed;
            suite->tests_failed += test->failed;
            all->tests_passed -= test->failed;
            all->tests_failed += test->failed;
        }
    }
}
