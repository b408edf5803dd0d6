/* SPDX-License-Identifier: MIT */
/* See test_changed.py: four tests for each change of changes.h. Without PLUGIN they use Criterion
   alone. */
#define CRITERION_CALLS
#include "changes.h"

#ifdef PLUGIN
#include <alloc_tracker/criterion.h>
#else
#include <criterion/criterion.h>
#endif

static void *volatile kept;

static void change(int (*change)(void))
{
    int result = change();
    if (result == CHANGE_IMPOSSIBLE)
        cr_skip_test("not possible here");
    cr_assert_eq(result, 0, "the change itself: %s", strerror(errno));
}

static void finish(void)
{
    cr_assert_eq(n_signals, 0, "%d system calls that the test did not make", (int) n_signals);
}

#define PASSES(name)                                                                               \
    Test(name, passes)                                                                             \
    {                                                                                              \
        change(change_##name);                                                                     \
        kept = malloc(77);                                                                         \
        finish();                                                                                  \
    }

#ifdef PLUGIN
#define TESTS(name)                                                                                \
    PASSES(name)                                                                                   \
    Test(name, within)                                                                             \
    {                                                                                              \
        change(change_##name);                                                                     \
        cr_assert_alloc_budget((.allocs = at_exactly(1)), kept = malloc(77));                      \
        finish();                                                                                  \
    }                                                                                              \
    Test(name, statement)                                                                          \
    {                                                                                              \
        change(change_##name);                                                                     \
        cr_expect_no_alloc(kept = malloc(77));                                                     \
        finish();                                                                                  \
    }                                                                                              \
    Test(name, budget, .data = cr_alloc_budget(.bytes = at_most(76)))                              \
    {                                                                                              \
        change(change_##name);                                                                     \
        kept = malloc(77);                                                                         \
        finish();                                                                                  \
    }
#else
#define TESTS PASSES
#endif

CHANGES(TESTS)
