/* SPDX-License-Identifier: MIT */
/*
 * Each way of Criterion to pass, fail and end. The source does not use alloc_tracker. The suite
 * runs with and without it, in C and C++. No text here breaks a file of Criterion 2.4.1.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>
#include <criterion/theories.h>

/* ThreadSanitizer leaves little address space for Criterion's arena, which has a random address.
   This code chooses an address in the free space. */
#ifdef DRAWN
#ifdef __cplusplus
extern "C"
#endif
    int
    rand_r(unsigned *seed)
{
    return 0x360000 + (int) (++*seed & 0x3fff);
}
#endif

static char *volatile block;

static void allocate(void)
{
    block = (char *) malloc(10);
    free(block);
}

/* Print the arguments of the user's hooks. */
ReportHook(PRE_TEST)(struct criterion_test *test)
{
    fprintf(stderr, "before %s::%s\n", test->category, test->name);
}

ReportHook(ASSERT)(struct criterion_assert_stats *stats)
{
    fprintf(stderr, "%s: %s\n", stats->passed ? "passed" : "failed", stats->message);
}

ReportHook(POST_TEST)(struct criterion_test_stats *stats)
{
    fprintf(stderr, "after %s: %d passed, %d failed\n", stats->test->name, stats->passed_asserts,
            stats->failed_asserts);
}

ReportHook(POST_ALL)(struct criterion_global_stats *all)
{
    int n = 0;
    for (struct criterion_suite_stats *suite = all->suites; suite; suite = suite->next)
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next)
            for (struct criterion_assert_stats *at = test->asserts; at; at = at->next)
                n++;
    fprintf(stderr, "%zu tests, %zu assertions passed, %zu failed, %d here\n", all->nb_tests,
            all->asserts_passed, all->asserts_failed, n);
}

Test(asserts, passes)
{
    allocate();
    cr_assert(1);
    cr_assert_str_eq("a", "a");
    cr_expect_eq(1, 1);
}

Test(asserts, fails)
{
    allocate();
    cr_assert(1 > 2, "a < b && c > 'd', of %d", 7);
}

Test(asserts, fails_often)
{
    cr_expect(0);
    cr_expect(0, "two\n\nlines of text");
    cr_assert_eq(1, 2);
}

Test(asserts, new_style)
{
    cr_expect(eq(int, 1, 1));
    cr_expect(eq(int, 1, 2), "a message");
    cr_expect(any(eq(int, 1, 1), eq(int, 1, 2)));
    cr_expect(not(any(eq(int, 1, 2), eq(int, 1, 1))));
    cr_expect(all(eq(int, 1, 1), not(eq(int, 1, 1))));
    cr_expect(none(eq(int, 1, 1), eq(int, 2, 1)));
    cr_assert(eq(str, (char *) "x", (char *) "y"));
}

Test(ends, aborts)
{
    abort();
}

Test(ends, crashes)
{
    cr_expect(1);
    raise(SIGSEGV);
}

Test(ends, expects_a_signal, .signal = SIGTERM)
{
    raise(SIGTERM);
}

Test(ends, expects_another_signal, .signal = SIGTERM)
{
    raise(SIGINT);
}

Test(ends, exits, .exit_code = 3)
{
    exit(3);
}

Test(ends, exits_otherwise)
{
    _exit(4);
}

Test(ends, hangs, .timeout = 0.2)
{
    for (;;)
        pause();
}

Test(ends, is_disabled, .disabled = true)
{
    cr_assert(0);
}

Test(ends, is_skipped)
{
    cr_skip_test("because of <that>");
}

static void note(void)
{
    fprintf(stderr, "a fixture of %s\n", criterion_current_test->name);
}

static void fail(void)
{
    cr_expect(0, "in a fixture");
}

TestSuite(fixtures, .init = note, .fini = note);

Test(fixtures, are_called, .init = note, .fini = note)
{
    allocate();
}

Test(fixtures, fail_before, .init = fail)
{
}

Test(fixtures, fail_after, .fini = fail, .description = "with a description")
{
}

Test(output, is_logged)
{
    cr_log_info("told at %s", "info");
    fputs("to standard error\n", stderr);
    puts("to standard output");
}

Test(output, is_redirected)
{
    cr_redirect_stdout();
    fputs("redirected", stdout);
    fflush(stdout);
    cr_assert_stdout_eq_str("redirected");
}

ParameterizedTestParameters(parameters, are_small)
{
    static int values[] = { 1, 2, 3 };
    return cr_make_param_array(int, values, sizeof values / sizeof values[0]);
}

ParameterizedTest(int *value, parameters, are_small)
{
    allocate();
    cr_assert_lt(*value, 3, "%d is not small", *value);
}

TheoryDataPoints(theories, hold) = {
    DataPoints(int, 0, 1, 2),
};

Theory((int value), theories, hold)
{
    cr_assume(value != 1);
    cr_assert(value < 2);
}
