/* SPDX-License-Identifier: MIT */
/*
 * The third part of verdicts.h: the nearest limit wins; limits of every size; budgets that are
 * invalid; budgets that reach the assertion through a macro of the user.
 */

/* ---- the nearest limit wins ------------------------------------------------------------------ */

TestSuite(suite_budget, .data = cr_alloc_budget(.allocs = at_most(2)));

Test(suite_budget, pass_within)
{
    take(2, 8);
}

Test(suite_budget, fail_beyond)
{
    take(3, 8);
}

Test(suite_budget, fail_stricter_test, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(2, 8);
}

Test(suite_budget, pass_looser_test, .data = cr_alloc_budget(.allocs = at_most(9)))
{
    take(3, 8);
}

Test(suite_budget, fail_other_field, .data = cr_alloc_budget(.bytes = at_most(15)))
{
    take(2, 8);
}

Test(suite_budget, fail_beyond_looser_test, .data = cr_alloc_budget(.allocs = at_most(5)))
{
    take(6, 8);
}

Test(suite_budget, pass_set_looser)
{
    cr_set_alloc_budget(.allocs = at_most(5));
    take(5, 8);
}

Test(suite_budget, fail_beyond_set_looser)
{
    cr_set_alloc_budget(.allocs = at_most(5));
    take(6, 8);
}

TestSuite(warm, .data = cr_alloc_budget(.allocs = at_most(0), .warmup = 1));

Test(warm, pass_suite_only)
{
    first_use();
}

Test(warm, pass_with_own_limit, .data = cr_alloc_budget(.bytes = at_most(4096)))
{
    first_use();
}

Test(warm, pass_with_zero_runs,
     .data = cr_alloc_budget(.bytes = at_most(0), .warmup = 0, .repeat = 0))
{
    first_use();
}

/* ---- limits of every size, and what is not a limit ------------------------------------------- */

Test(sizes, pass_beyond_31_bits, .data = cr_alloc_budget(.bytes = at_most(UINT64_MAX)))
{
    volatile uint64_t n = (uint64_t) 1 << 62;
    cr_assert_alloc_budget((.bytes = at_most(n), .live = at_least(INT64_MIN)), take(1, 8));
}

Test(sizes, fail_least_of_all, .data = cr_alloc_budget(.allocs = at_least(UINT64_MAX)))
{
    take(1, 8);
}

Test(sizes, pass_types)
{
    const unsigned char byte = 1;
    const bool yes = true;
    const size_t size = 8;
    cr_assert_alloc_budget((.allocs = at_exactly(byte), .bytes = at_exactly(size)), take(1, 8));
    cr_assert_alloc_budget((.allocs = at_exactly(yes), .peak = at_most('c')), take(1, 8));
    cr_assert_alloc_budget((.allocs = at_exactly(AT_THREAD), .bytes = at_most(8ull)), take(1, 8));
}

Test(sizes, fail_negative_statement)
{
    volatile int n = -1;
    cr_assert_alloc_budget((.bytes = at_most(n)), (void) 0);
}

Test(sizes, fail_negative_block)
{
    cr_alloc_scope(.allocs = at_least(-2), .warn = true)
    {
    }
}

Test(sizes, fail_negative_test, .data = cr_alloc_budget(.peak = at_most(-1)))
{
}

Test(sizes, fail_live_out_of_range, .data = cr_alloc_budget(.live = at_most(UINT64_MAX)))
{
}

Test(sizes, fail_set_too_late, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    cr_set_alloc_budget(.allocs = at_most(1), .warmup = 1);
}

Test(sizes, fail_set_another_scope, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    cr_set_alloc_budget(.allocs = at_most(1), .scope = AT_THREAD);
}

/* ---- macros of the user ---------------------------------------------------------------------- */

#define WITHIN(Budget, Call) cr_assert_alloc_budget(Budget, Call)
#define ALLOCATES(Limit, Call) ALLOCATES_(Limit, Call)
#define ALLOCATES_(Limit, Call) WITHIN((.allocs = Limit), Call)
#define SCOPE(Limits) cr_alloc_scope(Limits)

Test(macros, fail_statement)
{
    WITHIN((.allocs = at_most(2), .bytes = at_most(64)), take(1, 100));
}

Test(macros, fail_through_three)
{
    ALLOCATES(at_least(2), take(1, 100));
}

Test(macros, fail_block)
{
    SCOPE(.allocs = at_exactly(2))
    {
        take(1, 8);
    }
}

/* ---- the budget that set a limit ------------------------------------------------------------- */

Test(named_budget, fail_own_after_set, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    cr_set_alloc_budget(.frees = at_most(9));
    take(1, 8);
}

Test(named_budget, fail_own_tighter, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    cr_set_alloc_budget(.allocs = at_most(5));
    take(2, 8);
}

Test(named_budget, fail_first_set)
{
    cr_set_alloc_budget(.allocs = at_most(1)); /* the first */
    cr_set_alloc_budget(.bytes = at_most(99));
    take(2, 8);
}

Test(named_budget, fail_two_budgets, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    cr_set_alloc_budget(.bytes = at_most(1));
    take(1, 8);
}

Test(named_budget, fail_invalid_own, .data = cr_alloc_budget(.allocs = at_most(-1)))
{
    cr_set_alloc_budget(.frees = at_most(9));
}

#ifndef __cplusplus /* in C++ at_most() is a function */
#define NO_ALLOC(...) cr_expect_no_alloc(__VA_ARGS__)

static void take_within(struct at_budget budget)
{
    take(budget.scope == AT_PROCESS, 8);
}

Test(macros, fail_limit_in_statement)
{
    NO_ALLOC(take_within((struct at_budget){ .allocs = at_most(3) }));
}
#endif

#ifndef __cplusplus /* C++ warns of the value */
TestSuite(scope_invalid, .data = cr_alloc_budget(.allocs = at_most(0), .scope = (enum at_scope) 7));

Test(scope_invalid, fail_suite)
{
    take(1, 8);
}

Test(sizes, fail_scope, .data = cr_alloc_budget(.allocs = at_most(0), .scope = (enum at_scope) 7))
{
    take(1, 8);
}

Test(sizes, fail_scope_set)
{
    cr_set_alloc_budget(.allocs = at_most(0), .scope = (enum at_scope) 7);
    take(1, 8);
}

Test(sizes, fail_scope_statement)
{
    cr_expect_alloc_budget((.allocs = at_most(9), .scope = (enum at_scope) 7), take(1, 8));
}
#endif

/* ---- children that the test forks ------------------------------------------------------------ */

static void block_left_by_exit(void)
{
    cr_no_alloc_scope
    {
        take(1, 8);
        exit(0);
    }
}

static void block_within_left_by_exit(void)
{
    take(1, 8);
    cr_alloc_scope(.allocs = at_most(1))
    {
        take(1, 8);
        exit(0);
    }
}

static void failed_expect(void)
{
    cr_expect_no_alloc(take(1, 8));
    exit(0);
}

static void passed_expect(void)
{
    cr_expect_no_alloc((void) 0);
    exit(0);
}

/* Take one block and exit(). The parent's block is not the child's. */
static void take_and_exit(void)
{
    take(1, 8);
    exit(0);
}

/* A child of a child that failed has its own status. */
static void grandchild_of_failed(void)
{
    cr_expect_no_alloc(take(1, 8));
    pid_t pid = fork();
    if (pid == 0)
        exit(0);
    int status = -1;
    waitpid(pid, &status, 0);
    _exit(status != 0);
}

/* Call `run` in a child. Return its wait status. Copy the beginning of its standard error. */
static int run_child(void (*run)(void), char output[], size_t size)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        run();
        _exit(9);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(ends[0], output + n, size - 1 - n)) > 0;)
        n += (size_t) got;
    output[n] = '\0';
    close(ends[0]);
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

Test(child, pass_exit_status)
{
    char output[4096];
    cr_expect_eq(run_child(block_left_by_exit, output, sizeof output), EXIT_FAILURE << 8);
    cr_expect(strstr(output, "a statement that exit() interrupted: 1 allocation, 8 bytes") != NULL);
    cr_expect_eq(run_child(failed_expect, output, sizeof output), EXIT_FAILURE << 8);
    cr_expect(strstr(output, "cr_expect_no_alloc(take(1, 8)) at ") != NULL);
    cr_expect_eq(run_child(block_within_left_by_exit, output, sizeof output), 0);
    cr_expect_eq(run_child(passed_expect, output, sizeof output), 0);
    cr_expect_eq(run_child(grandchild_of_failed, output, sizeof output), 0);
}

Test(child, pass_forked_in_block)
{
    char output[4096];
    cr_no_alloc_scope
    {
        cr_expect_eq(run_child(take_and_exit, output, sizeof output), 0);
    }
}
