/* SPDX-License-Identifier: MIT */
/*
 * Each way to leave the statement or block of an assertion. Afterwards, in the fixture's fini, no
 * region is open, and there is at most one verdict. The name of a test begins with the number of
 * its messages. Compiled as C and as C++.
 */
#include <alloc_tracker/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void *volatile block;

static void spend(void)
{
    block = malloc(10);
    free(block);
}

/* Check that no block suspends, permits, forbids or fails allocations any more. */
static void check_clean(void)
{
    struct at_region *region;
    struct at_failure failure = at_fail_end();
    if (failure.allocs || failure.failed || at_region_begin(AT_THREAD, &region) != AT_OK)
        abort();
    spend();
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    at_region_free(region);
    if (usage.allocs != 1 || usage.frees != 1 || usage.permitted || usage.leaks)
        abort();
    if (cr_alloc_usage().allocs)
        abort();
}

TestSuite(abort, .fini = check_clean);

static void fail(void)
{
    cr_assert(false, "fails");
}

static void abort_test(void)
{
    criterion_abort_test();
}

Test(abort, n1_assertion_in_a_statement)
{
    cr_assert_no_alloc((spend(), fail()));
}

static void *ban_in_thread(void *went_on)
{
    cr_assert_no_alloc(spend());
    *(bool *) went_on = true;
    return NULL;
}

/* An assertion in another thread cannot end the test: the thread and the test continue. */
Test(abort, n2_assertion_in_another_thread)
{
    bool went_on = false;
    pthread_t thread;
    pthread_create(&thread, NULL, ban_in_thread, &went_on);
    pthread_join(thread, NULL);
    cr_expect(!went_on, "the second message");
}

Test(abort, n1_assertion_in_a_block)
{
    cr_no_alloc_scope
    {
        fail();
    }
}

Test(abort, n1_assertion_in_a_block_over_budget)
{
    cr_no_alloc_scope
    {
        spend();
        fail();
    }
}

Test(abort, n1_expectation_in_a_block)
{
    cr_no_alloc_scope
    {
        cr_expect(false, "expects");
    }
}

Test(abort, n2_expectation_in_a_block_over_budget)
{
    cr_no_alloc_scope
    {
        cr_expect(false, "expects");
        spend();
    }
}

Test(abort, n1_nested_blocks)
{
    cr_no_alloc_scope
    {
        cr_alloc_scope(.allocs = at_most(5))
        {
            cr_permit_alloc
            {
                fail();
            }
        }
    }
}

static void returns(void)
{
    cr_no_alloc_scope
    {
        spend();
        return;
    }
}

Test(abort, n1_return)
{
    returns();
}

Test(abort, n1_break)
{
    for (int i = 0; i < 3; i++) {
        cr_no_alloc_scope
        {
            spend();
            break;
        }
    }
}

Test(abort, n1_goto)
{
    cr_no_alloc_scope
    {
        spend();
        goto out;
    }
out:
    return;
}

Test(abort, n0_return_without_allocation)
{
    cr_no_alloc_scope
    {
        return;
    }
}

static jmp_buf target;

__attribute__((noinline)) static void jumps(void)
{
    cr_no_alloc_scope
    {
        spend();
        longjmp(target, 1);
    }
}

Test(abort, n1_longjmp)
{
    if (setjmp(target) == 0)
        jumps();
}

Test(abort, n0_skip_in_a_block)
{
    cr_no_alloc_scope
    {
        spend();
        cr_skip_test("enough");
    }
}

Test(abort, n0_abort_from_a_helper)
{
    cr_no_alloc_scope
    {
        abort_test();
    }
}

Test(abort, n1_two_statements_of_which_the_first_fails)
{
    cr_assert_no_alloc(spend());
    cr_assert_no_alloc(spend());
}

Test(abort, n2_two_expectations)
{
    cr_expect_no_alloc(spend());
    cr_expect_no_alloc(spend());
}

Test(abort, n1_sweep_left_by_an_assertion)
{
    cr_alloc_failure_sweep()
    {
        block = malloc(10);
        free(block);
        cr_assert(false, "in the last run");
    }
}

Test(abort, n1_budget_and_assertion, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    spend();
    fail();
}

Test(abort, n1_budget, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    spend();
}

/* After a signal or a time-out there is no fini. The next test has another process. */
Test(abort, n0_signal_in_a_block)
{
    cr_no_alloc_scope
    {
        spend();
        raise(SIGSEGV);
    }
}

Test(abort, n0_time_out_in_a_block, .timeout = 1)
{
    cr_no_alloc_scope
    {
        spend();
        for (;;)
            pause();
    }
}

Test(abort, n0_exit_in_a_permit)
{
    cr_permit_alloc
    {
        spend();
        exit(0);
    }
}

/* Each parameter has a process and a verdict of its own. */
ParameterizedTestParameters(abort, n0_parameters)
{
    static int values[] = { 0, 1, 2 };
    return cr_make_param_array(int, values, 3);
}

ParameterizedTest(int *value, abort, n0_parameters, .fini = check_clean)
{
    cr_no_alloc_scope
    {
        cr_assert_lt(*value, 3);
    }
}
