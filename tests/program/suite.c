/* SPDX-License-Identifier: MIT */
/* A suite without alloc_tracker: one test for each status and each way to end. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/theories.h>
#include <stdlib.h>
#include <string.h>

Test(fate, allocates_nothing)
{
}

Test(fate, passes)
{
    for (int i = 0; i < 3; i++)
        free(malloc(10));
}

Test(fate, leaks)
{
    char *volatile copy = strdup("hello");
    cr_assert_neq(copy, NULL);
}

Test(fate, fails)
{
    free(malloc(20));
    cr_assert(false, "as it should");
}

Test(fate, crashes)
{
    free(malloc(30));
    abort();
}

Test(fate, exits, .exit_code = 3)
{
    free(malloc(40));
    exit(3);
}

Test(fate, is_skipped, .disabled = true)
{
}

static void *from_fixture;

static void setup(void)
{
    from_fixture = malloc(50);
}

static void teardown(void)
{
    free(from_fixture);
}

Test(fate, uses_a_fixture, .init = setup, .fini = teardown)
{
    free(malloc(60));
}

ParameterizedTestParameters(fate, is_parameterized)
{
    static int sizes[] = { 100, 200, 300 };
    return cr_make_param_array(int, sizes, 3);
}

ParameterizedTest(int *size, fate, is_parameterized)
{
    free(malloc((size_t) *size));
}

/* A process that a test starts is not part of the run. */
Test(fate, starts_a_program)
{
    cr_assert_eq(system("true"), 0);
}
