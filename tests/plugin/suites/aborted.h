/* SPDX-License-Identifier: MIT */
/*
 * Tests whose body does not reach its end, while a block is live that the fini releases. Such a
 * block is not a leak. The suite is compiled as C and as C++.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <alloc_tracker/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_LEAK .data = cr_alloc_budget(.leaks = at_most(0))

static char *volatile block;

static void take(void)
{
    block = (char *) malloc(100);
}

static void give(void)
{
    free(block);
}

Test(aborted, assertion, .fini = give, NO_LEAK)
{
    take();
    cr_assert(block == NULL);
}

/* Nothing releases the block, because the body ends before its own clean-up. */
Test(aborted, assertion_without_fini, NO_LEAK)
{
    take();
    cr_assert(block == NULL);
    give();
}

Test(aborted, assertion_of_alloc_tracker, .fini = give, NO_LEAK)
{
    cr_assert_no_alloc(take());
}

Test(aborted, skips, .fini = give, NO_LEAK)
{
    take();
    cr_skip_test("not now");
}

Test(aborted, crashes, .fini = give, NO_LEAK)
{
    take();
    raise(SIGSEGV);
}

Test(aborted, expects_signal, .fini = give, NO_LEAK, .signal = SIGTERM)
{
    take();
    raise(SIGTERM);
}

Test(aborted, times_out, .fini = give, NO_LEAK, .timeout = 0.2)
{
    take();
    for (;;)
        pause();
}

Test(aborted, dies, .fini = give, NO_LEAK, .exit_code = 3)
{
    take();
    _exit(3);
}

Test(aborted, exits, .fini = give, NO_LEAK, .exit_code = 3)
{
    take();
    exit(3);
}

static int run;

Test(aborted, second_run, .fini = give, .data = cr_alloc_budget(.leaks = at_most(1), .repeat = 2))
{
    take();
    if (++run == 2)
        cr_assert(block == NULL);
}

ParameterizedTestParameters(aborted, parameter)
{
#ifdef __cplusplus
    criterion::parameters<int> values;
    values.push_back(0);
    values.push_back(1);
    return values;
#else
    static int values[] = { 0, 1 };
    return cr_make_param_array(int, values, 2);
#endif
}

ParameterizedTest(int *fails, aborted, parameter, .fini = give, NO_LEAK)
{
    take();
    cr_assert(!*fails);
}

/* The body ends, so these blocks are leaks. */
Test(ended, keeps, NO_LEAK)
{
    take();
}

Test(ended, fails_and_keeps, NO_LEAK)
{
    take();
    cr_expect(block == NULL);
}

Test(ended, gives_in_fini, .fini = give, NO_LEAK)
{
    take();
}

static void do_nothing(void)
{
}

Test(ended, keeps_after_fini, .fini = do_nothing, NO_LEAK)
{
    take();
}
