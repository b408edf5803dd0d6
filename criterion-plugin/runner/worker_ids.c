/* SPDX-License-Identifier: MIT */
/* See worker_ids.h. */
#include "runner/worker_ids.h"

#include <criterion/criterion.h>
#include <criterion/stats.h>

#include "runner/messages.h"

/* Return the link to the assertion that has the id. The link is NULL if there is none. */
static struct criterion_assert_stats **find_link(struct criterion_assert_stats **link,
                                                 struct criterion_alloc_mark *mark)
{
    for (; *link; link = &(*link)->next)
        if ((*link)->passed
            && criterion_alloc_message_has((*link)->message, CRITERION_ALLOC_MARK_WORKER_ID, mark))
            break;
    return link;
}

uint32_t criterion_alloc_worker_id_get(const struct criterion_test_stats *test)
{
    struct criterion_assert_stats *first = test->asserts;
    struct criterion_alloc_mark mark;
    return *find_link(&first, &mark) ? (uint32_t) mark.number : 0;
}

/* The assertions that were removed. Only Criterion can free them. This list keeps them reachable,
   so that a sanitizer does not report a leak. */
static struct criterion_assert_stats *removed;

void criterion_alloc_worker_ids_remove(struct criterion_global_stats *all)
{
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            struct criterion_alloc_mark mark;
            struct criterion_assert_stats **link = find_link(&test->asserts, &mark);
            struct criterion_assert_stats *stats = *link;
            if (!stats)
                continue;
            *link = stats->next;
            stats->next = removed;
            removed = stats;
            test->passed_asserts--;
            suite->asserts_passed--;
            all->asserts_passed--;
        }
    }
}
