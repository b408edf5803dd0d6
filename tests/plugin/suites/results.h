/* SPDX-License-Identifier: MIT */
/* One test for each way to end, each with another usage, which test_results.py lists. Compiled as C
   and as C++. */
#include <alloc_tracker/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

static void spend(size_t size)
{
    kept = malloc(size);
    free(kept);
}

Test(ends, returns)
{
    spend(11);
}

Test(ends, fails)
{
    spend(12);
    cr_assert(false, "with \"quotes\"");
}

Test(ends, expects)
{
    spend(12);
    cr_expect(false);
    spend(1);
}

Test(ends, aborts)
{
    spend(13);
    criterion_abort_test();
}

Test(ends, skips)
{
    spend(14);
    cr_skip_test("not today");
}

Test(ends, disabled, .disabled = true)
{
    spend(15);
}

Test(ends, exits, .exit_code = 3)
{
    spend(16);
    exit(3);
}

Test(ends, exits_at_once, .exit_code = 4)
{
    spend(17);
    _exit(4);
}

Test(ends, exits_unexpectedly)
{
    spend(17);
    exit(5);
}

Test(ends, crashes)
{
    spend(18);
    raise(SIGSEGV);
}

Test(ends, expects_signal, .signal = SIGTERM)
{
    spend(19);
    raise(SIGTERM);
}

Test(ends, hangs, .timeout = 1)
{
    spend(20);
    for (;;)
        pause();
}

Test(ends, forks)
{
    pid_t child = fork();
    if (child == 0) {
        spend(1000);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    spend(21);
}

/* The exit of the child is not the end of the test: there is no verdict for it. */
Test(budgets, child_exits, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    pid_t child = fork();
    if (child == 0) {
        spend(1000);
        spend(1000);
        exit(0);
    }
    waitpid(child, NULL, 0);
    spend(29);
}

Test(budgets, within, .data = cr_alloc_budget(.allocs = at_most(1), .bytes = at_most(22)))
{
    spend(22);
}

Test(budgets, over, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    spend(23);
    free(strdup("site"));
}

Test(budgets, over_and_crashes, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    spend(24);
    raise(SIGABRT);
}

Test(budgets, warned, .data = cr_alloc_budget(.allocs = at_most(0), .warn = true))
{
    spend(25);
}

Test(budgets, thread, .data = cr_alloc_budget(.peak = at_exactly(26), .scope = AT_THREAD))
{
    spend(26);
}

Test(budgets, warm_and_repeated,
     .data = cr_alloc_budget(.allocs = at_most(1), .warmup = 2, .repeat = 3))
{
    spend(27);
}

static int run;

/* The results have the usage of the run that fails. */
Test(budgets, second_run_is_over, .data = cr_alloc_budget(.allocs = at_most(1), .repeat = 3))
{
    spend(28);
    if (++run == 2)
        spend(29);
}

Test(budgets, permits)
{
    cr_permit_alloc
    {
        spend(30);
    }
    spend(31);
}

Test(budgets, leaks)
{
    for (int i = 0; i < 3; i++)
        kept = malloc(32); /* HERE leak */
}

struct size {
    char tag;
    short bytes; /* 0: fail, negative: crash */
};

ParameterizedTestParameters(sets, parameters)
{
    static struct size sizes[] = { { 'a', 40 }, { 'b', 0 }, { 'c', -1 }, { 'd', 43 } };
    return cr_make_param_array(struct size, sizes, sizeof sizes / sizeof sizes[0]);
}

ParameterizedTest(struct size *size, sets, parameters)
{
    cr_assert_eq(size->tag, size->bytes == 40   ? 'a'
                            : size->bytes == 0  ? 'b'
                            : size->bytes == -1 ? 'c'
                                                : 'd');
    spend(size->bytes > 0 ? (size_t) size->bytes : 1);
    cr_assert(size->bytes != 0);
    if (size->bytes < 0)
        abort();
}

/* Criterion does not call this function, although it is the first of the set. */
ParameterizedTestParameters(sets, disabled)
{
    static char tags[] = { 'x', 'y' };
    return cr_make_param_array(char, tags, 2);
}

ParameterizedTest(char *tag, sets, disabled, .disabled = true)
{
    cr_assert_eq(*tag, 0);
}

/* A generator that releases its array itself, with elements of an odd size. */
struct odd {
    char bytes[3];
};

static void release(struct criterion_test_params *params)
{
    cr_free(params->params);
}

ParameterizedTestParameters(sets, owned)
{
    struct odd *odd = (struct odd *) cr_malloc(3 * sizeof *odd);
    for (char i = 0; i < 3; i++)
        memset(odd[(int) i].bytes, i + 1, sizeof odd[0].bytes);
    return cr_make_param_array(struct odd, odd, 3, release);
}

ParameterizedTest(struct odd *odd, sets, owned)
{
    cr_assert_eq(odd->bytes[0], odd->bytes[2]);
    spend((size_t) odd->bytes[1]);
}
