/* SPDX-License-Identifier: MIT */
/* Allocations of the user's code in a theory or a parameterised test are counted. */
#include <stdlib.h>

#include <alloc_tracker/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/theories.h>

static void *volatile sink;

TheoryDataPoints(charged, fail_theory) = {
    DataPoints(int, 1, 2, 3),
};

Theory((int a), charged, fail_theory, .data = cr_alloc_budget(.allocs = at_most(2)))
{
    sink = malloc((size_t) a); /* HERE fail_theory */
}

TheoryDataPoints(charged, pass_theory) = {
    DataPoints(int, 1, 2, 3),
};

Theory((int a), charged, pass_theory, .data = cr_alloc_budget(.allocs = at_exactly(3)))
{
    sink = malloc((size_t) a);
}

ParameterizedTestParameters(charged, fail_parameterized)
{
    static int sizes[] = { 1 };
    return cr_make_param_array(int, sizes, 1);
}

ParameterizedTest(int *size, charged, fail_parameterized,
                  .data = cr_alloc_budget(.allocs = at_most(0)))
{
    sink = malloc((size_t) *size); /* HERE fail_parameterized */
}
