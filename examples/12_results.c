/* SPDX-License-Identifier: MIT */
/*
 * Results: run with --output=alloc:FILE, every test's figures and call sites go to a file, each
 * parameter of a parameterised test by itself; with --verbose, a table follows the run.
 */
#include <stdlib.h>

#include <alloc_tracker/criterion.h>
#include <criterion/parameterized.h>

/* Grows by doubling. */
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
