/* SPDX-License-Identifier: MIT */
/*
 * Criteria for Criterion's new assertions: one assertion checks both the result of a call and its
 * allocations. The last test fails on purpose.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>
#include <criterion/new/assert.h>

static int digits(const char *text)
{
    return (int) strspn(text, "0123456789");
}

static int digits_by_copy(const char *text)
{
    char *copy = strdup(text);
    int n = digits(copy);
    free(copy);
    return n;
}

Test(criteria, value_and_cost)
{
    int n = 0;
    cr_assert(all(no_alloc(n = digits("2026-11")), eq(int, n, 4)));
}

Test(criteria, within_a_budget)
{
    int n = 0;
    cr_assert(all(
        alloc_within((.allocs = at_most(1), .bytes = at_most(8)), n = digits_by_copy("2026-11")),
        eq(int, n, 4), no_leak(n = digits_by_copy("2026-11"))));
}

Test(criteria, it_must_allocate)
{
    cr_assert(not(no_alloc(digits_by_copy("2026-11"))));
}

Test(criteria, a_copy_is_caught)
{
    int n = 0;
    cr_assert(all(eq(int, n, 0), no_heap(n = digits_by_copy("2026-11"))), "on the hot path");
}
