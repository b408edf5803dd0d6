/* SPDX-License-Identifier: MIT */
/*
 * Parameters of which some fail. The parameter is the number of allocations. Each failure has to
 * name the index of its parameter. The suite is compiled as C and as C++.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <criterion/theories.h>

#include <alloc_tracker/criterion.h>

#include <stdlib.h>
#include <unistd.h>

static char *volatile last;

static void take(int n)
{
    for (int i = 0; i < n; i++) {
        last = (char *) malloc(10); /* HERE take */
        free(last);
    }
}

static void keep(int n)
{
    for (int i = 0; i < n; i++)
        last = (char *) malloc(10);
}

#ifdef __cplusplus
#define PARAMETERS(suite, name)                                                                    \
    ParameterizedTestParameters(suite, name)                                                       \
    {                                                                                              \
        criterion::parameters<int> values;                                                         \
        values.push_back(1);                                                                       \
        values.push_back(0);                                                                       \
        values.push_back(3);                                                                       \
        return values;                                                                             \
    }
#else
#define PARAMETERS(suite, name)                                                                    \
    ParameterizedTestParameters(suite, name)                                                       \
    {                                                                                              \
        static int values[] = { 1, 0, 3 };                                                         \
        return cr_make_param_array(int, values, 3);                                                \
    }
#endif

TestSuite(of_suite, .data = cr_alloc_budget(.allocs = at_most(0)));

PARAMETERS(of_suite, body)
ParameterizedTest(int *n, of_suite, body)
{
    take(*n);
}

PARAMETERS(p, environment)
ParameterizedTest(int *n, p, environment)
{
    take(*n);
}

PARAMETERS(p, data)
ParameterizedTest(int *n, p, data, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(*n);
}

PARAMETERS(p, set)
ParameterizedTest(int *n, p, set)
{
    cr_set_alloc_budget(.allocs = at_most(0));
    take(*n);
}

PARAMETERS(p, invalid)
ParameterizedTest(int *n, p, invalid)
{
    if (*n == 3)
        cr_set_alloc_budget(.allocs = at_most(5), .repeat = 2);
}

PARAMETERS(p, statement)
ParameterizedTest(int *n, p, statement)
{
    cr_assert_no_alloc(take(*n));
}

PARAMETERS(p, block)
ParameterizedTest(int *n, p, block)
{
    cr_no_alloc_scope
    {
        take(*n);
    }
}

PARAMETERS(p, criterion)
ParameterizedTest(int *n, p, criterion)
{
    cr_assert(no_alloc(take(*n)));
}

PARAMETERS(p, negated)
ParameterizedTest(int *n, p, negated)
{
    cr_assert(not(no_alloc(take(*n))));
}

PARAMETERS(p, leak)
ParameterizedTest(int *n, p, leak, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    keep(*n);
}

static void do_nothing(void)
{
}

PARAMETERS(p, late)
ParameterizedTest(int *n, p, late, .fini = do_nothing, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    keep(*n);
}

static void write_without_check(int n)
{
    for (int i = 0; i < n; i++) {
        last = (char *) malloc(10);
        *last = 1;
        free(last);
    }
}

PARAMETERS(p, sweep)
ParameterizedTest(int *n, p, sweep)
{
    cr_alloc_failure_sweep()
    {
        write_without_check(*n);
    }
}

/* A worker that ends without a verdict. Each parameter is judged by its own usage. */
PARAMETERS(p, dead)
ParameterizedTest(int *n, p, dead, .exit_code = 3, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(*n);
    _exit(3);
}

PARAMETERS(p, dead_without_code)
ParameterizedTest(int *n, p, dead_without_code, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(*n);
    _exit(0);
}

/* The same with limits that the body sets. */
PARAMETERS(p, dead_set)
ParameterizedTest(int *n, p, dead_set)
{
    cr_set_alloc_budget(.allocs = at_most(0));
    take(*n);
    _exit(0);
}

PARAMETERS(p, exits)
ParameterizedTest(int *n, p, exits, .exit_code = 3, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(*n);
    exit(3);
}

PARAMETERS(p, warned)
ParameterizedTest(int *n, p, warned, .data = cr_alloc_budget(.allocs = at_most(0), .warn = true))
{
    take(*n);
}

/* A theory is one test: it has no index. */
TheoryDataPoints(p, theory) = { DataPoints(int, 1, 0, 3) };
Theory((int n), p, theory, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(n);
}
