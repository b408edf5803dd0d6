/* SPDX-License-Identifier: MIT */
/* See own_assertions.h. */
#include "runner/own_assertions.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/stats.h>

#include "runner/messages.h"

/* Return whether the assertion has a mark of this kind, and store the mark in `*mark`. */
static bool has_mark(const struct criterion_assert_stats *stats,
                     enum criterion_alloc_mark_kind kind, struct criterion_alloc_mark *mark)
{
    return stats->passed && criterion_alloc_message_has(stats->message, kind, mark);
}

uint32_t criterion_alloc_worker_id_get(const struct criterion_test_stats *test)
{
    struct criterion_alloc_mark mark;
    for (const struct criterion_assert_stats *stats = test->asserts; stats; stats = stats->next)
        if (has_mark(stats, CRITERION_ALLOC_MARK_WORKER_ID, &mark))
            return (uint32_t) mark.number;
    return 0;
}

/* Append each line of `message` with Criterion's prefix for the lines of an assertion. */
static void add_lines(struct at_text *text, const char *message)
{
    while (*message) {
        size_t n = strcspn(message, "\n");
        at_text_printf(text, "[----]   %.*s\n", (int) n, message);
        message += n + (message[n] == '\n');
    }
}

bool criterion_alloc_warning_print(struct criterion_alloc_shared *shared,
                                   const struct criterion_assert_stats *stats)
{
    struct criterion_alloc_mark mark;
    if (!has_mark(stats, CRITERION_ALLOC_MARK_WARNING, &mark))
        return false;
    const char *file = stats->file;
    unsigned line = stats->line;
    const char *message = criterion_alloc_message_complete(shared, stats->message, &file, &line);
    struct at_text text = { 0 };
    at_text_printf(&text, "[----] %s:%u: Warning\n[----]   \n", file, line);
    add_lines(&text, message);
    at_text_add_string(&text, "[----]   \n");
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    return true;
}

/* The assertions that were removed. Only Criterion can free them. This list keeps them reachable,
   so that a sanitizer does not report a leak. */
static struct criterion_assert_stats *removed;

static void remove_from(struct criterion_global_stats *all, struct criterion_suite_stats *suite,
                        struct criterion_test_stats *test)
{
    struct criterion_alloc_mark mark;
    struct criterion_assert_stats **link = &test->asserts;
    while (*link) {
        struct criterion_assert_stats *stats = *link;
        if (!has_mark(stats, CRITERION_ALLOC_MARK_WORKER_ID, &mark)
            && !has_mark(stats, CRITERION_ALLOC_MARK_WARNING, &mark)) {
            link = &stats->next;
            continue;
        }
        *link = stats->next;
        stats->next = removed;
        removed = stats;
        test->passed_asserts--;
        suite->asserts_passed--;
        all->asserts_passed--;
    }
}

void criterion_alloc_own_assertions_remove(struct criterion_global_stats *all)
{
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next)
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next)
            remove_from(all, suite, test);
}
