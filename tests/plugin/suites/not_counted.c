/* SPDX-License-Identifier: MIT */
/*
 * Allocations of Criterion are not counted for a test. Every test here forbids allocations, uses
 * functions of Criterion, and passes. The suite also runs with --full-stats, for which Criterion
 * allocates in every assertion.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <criterion/theories.h>

#define NOTHING                                                                                    \
    .data = cr_alloc_budget(.allocs = at_most(0), .frees = at_most(0), .bytes = at_most(0),        \
                            .peak = at_most(0), .live = at_exactly(0), .leaks = at_most(0))

Test(not_counted, empty, NOTHING)
{
}

Test(not_counted, assertions, NOTHING)
{
    cr_assert(1);
    cr_expect(1, "a message that is not formatted %d", 3);
    cr_assert(eq(int, 3, 3));
    cr_assert(eq(str, (char *) "abc", (char *) "abc"));
    cr_expect(ne(dbl, 1.0, 2.0));
    cr_assert(all(1, eq(int, 1, 1), lt(int, 1, 2)));
    cr_assert(any(0, 0, 1));
    cr_assert(none(0, 0));
    cr_assert(not(zero(int, 3)));
}

Test(not_counted, logging, NOTHING)
{
    cr_log_info("a message %d", 1);
    cr_log(CR_LOG_INFO, "another %s", "one");
}

Test(not_counted, nested_assertions, NOTHING)
{
    cr_assert_no_alloc(cr_log_info("in a statement"));
    cr_no_alloc_scope
    {
        cr_expect(any(0, 1));
        cr_log_info("inside");
        cr_expect_no_alloc((void) 0);
    }
}

/* The test fails on purpose, so that Criterion formats and sends a failure. That assertion must be
   the only failure. */
Test(not_counted, a_failed_expectation_is_the_only_failure, NOTHING)
{
    cr_expect(eq(int, 1, 2), "one is not two");
}

TheoryDataPoints(not_counted, theory) = {
    DataPoints(int, 1, 2, 3),
    DataPoints(double, 0.5, 1.5),
};

Theory((int a, double b), not_counted, theory, NOTHING)
{
    cr_assume(a < 3);
    cr_assert(a * b > 0);
}

ParameterizedTestParameters(not_counted, parameterized)
{
    static const char *words[] = { "one", "two", "three" };
    return cr_make_param_array(const char *, words, 3);
}

ParameterizedTest(const char **word, not_counted, parameterized, NOTHING)
{
    cr_assert(word != NULL);
}

static void *volatile fixture;

static void set_up(void)
{
    fixture = malloc(100);
}

static void tear_down(void)
{
    free(fixture);
    free(malloc(7));
}

Test(not_counted, fixtures, .init = set_up, .fini = tear_down, NOTHING)
{
}
