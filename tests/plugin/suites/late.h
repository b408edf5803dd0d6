/* SPDX-License-Identifier: MIT */
/* Leaks are counted after the fixtures' fini: a block that a teardown releases is no leak. The name
   of a test begins with its verdict. Compiled as C and as C++. */
#include <alloc_tracker/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;
static void *volatile other;

static void setup(void)
{
    other = malloc(8);
}

static void release(void)
{
    free(kept);
    free(other);
}

static void nothing(void)
{
}

static void fail(void)
{
    cr_assert(false, "in a fini");
}

static void leave(void)
{
    exit(0);
}

static void leave_at_once(void)
{
    _exit(0);
}

static void crash(void)
{
    raise(SIGSEGV);
}

TestSuite(late, .data = cr_alloc_budget(.leaks = at_most(0)));

Test(late, pass_released, .init = setup, .fini = release)
{
    kept = malloc(100);
}

Test(late, pass_nothing_to_release, .fini = nothing)
{
    free(malloc(100));
}

static void moved_and_released(void)
{
    kept = realloc(kept, 300);
    release();
}

Test(late, pass_moved_and_released, .init = setup, .fini = moved_and_released)
{
    kept = malloc(100);
}

static void allocates(void)
{
    kept = malloc(10); /* a fixture's own block is not the test's */
}

Test(late, pass_fini_leaks, .fini = allocates)
{
    free(malloc(100));
}

Test(late, fail_leaked, .fini = nothing)
{
    kept = malloc(100); /* HERE fail_leaked */
}

Test(late, fail_leaked_two_of_three, .init = setup, .fini = release)
{
    for (int i = 0; i < 3; i++)
        kept = malloc(100); /* HERE fail_leaked_two_of_three */
}

Test(late, fail_at_once)
{
    kept = malloc(100); /* HERE fail_at_once */
}

Test(late, fail_both, .fini = nothing, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    kept = malloc(100); /* HERE fail_both */
}

Test(late, fail_only_its_allocations, .fini = release, .init = setup,
     .data = cr_alloc_budget(.allocs = at_most(0)))
{
    kept = malloc(100); /* HERE fail_only_its_allocations */
}

Test(late, fail_with_a_failing_fini, .fini = fail)
{
    kept = malloc(100); /* HERE fail_with_a_failing_fini */
}

Test(late, pass_with_a_failing_fini, .fini = fail) /* as Criterion has it */
{
    free(malloc(100));
}

Test(late, fail_exit_in_fini, .fini = leave)
{
    kept = malloc(100); /* HERE fail_exit_in_fini */
}

Test(late, pass_exit_in_fini, .fini = leave)
{
    free(malloc(100));
}

Test(late, fail_unknown_after_exit_at_once, .fini = leave_at_once)
{
    kept = malloc(100);
}

Test(late, fail_unknown_after_crash, .fini = crash)
{
    kept = malloc(100);
}

Test(late, fail_assertion, .fini = nothing)
{
    kept = malloc(100);
    cr_assert(false, "the test's own verdict"); /* HERE fail_assertion */
}

Test(late, fail_repeated, .fini = release, .data = cr_alloc_budget(.repeat = 2))
{
    kept = malloc(100); /* HERE fail_repeated */
}

TestSuite(late_suite, .init = setup, .fini = release, .data = cr_alloc_budget(.leaks = at_most(0)));

Test(late_suite, pass_released)
{
    kept = malloc(100);
}

Test(late_suite, pass_released_after_the_tests_fini, .fini = nothing)
{
    kept = malloc(100);
}

Test(late_set, fail_set_in_the_test, .fini = nothing)
{
    cr_set_alloc_budget(.leaks = at_most(0));
    kept = malloc(100); /* HERE fail_set_in_the_test */
}

Test(late_set, fail_too_few, .fini = release, .init = setup)
{
    cr_set_alloc_budget(.leaks = at_least(1));
    kept = malloc(100);
}

Test(late_set, pass_no_limit, .fini = nothing)
{
    kept = malloc(100);
}

/* Criterion prints a warning for these tests, and passes them. No limit needs their leaks. */
Test(late_set, pass_crash_without_limit, .fini = crash)
{
    kept = malloc(100);
}

Test(late_set, pass_exit_at_once_without_limit, .fini = leave_at_once)
{
    kept = malloc(100);
}
