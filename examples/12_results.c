/* SPDX-License-Identifier: MIT */
/*
 * Results: with --output=alloc:FILE the suite writes the usage and call sites of every test to a
 * file. Each parameter of a parameterized test has an entry of its own. With --verbose the suite
 * prints a table after the run.
 */
#include <stdlib.h>

#include <alloc_tracker/criterion.h>
#include <criterion/parameterized.h>

/* Appends `n` values to an array that doubles its capacity when it is full. */
static size_t fill(size_t n)
{
    size_t capacity = 4, used = 0;
    int *values = malloc(capacity * sizeof *values);
    for (; used < n; used++) {
        if (used == capacity)
            values = realloc(values, (capacity *= 2) * sizeof *values);
        values[used] = (int) used;
    }
    free(values);
    return capacity;
}

ParameterizedTestParameters(results, fill)
{
    static size_t sizes[] = { 1, 10, 100, 1000 };
    return cr_make_param_array(size_t, sizes, sizeof sizes / sizeof sizes[0]);
}

ParameterizedTest(size_t *n, results, fill)
{
    cr_assert_geq(fill(*n), *n);
}

Test(results, nothing)
{
    cr_assert_leq(cr_alloc_usage().allocs, 0);
}
