/* SPDX-License-Identifier: MIT */
/* The cases of verdicts.h in C, and errors that are possible only in C. */
#include "verdicts.h"

/* gcc and clang warn about a plain 0. The library must report it too. */
#pragma GCC diagnostic ignored "-Wmissing-braces"

Test(zero, fail_plain_zero, .data = cr_alloc_budget(.allocs = 0))
{
}

Test(zero, fail_null)
{
    cr_assert_alloc_budget((.bytes = at_most(1), .leaks = NULL), (void) 0);
}

Test(zero, fail_unsigned_zero)
{
    cr_assert_alloc_budget((.frees = 0u), (void) 0);
}

Test(zero, pass_zero_runs)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warmup = 0, .repeat = 0), (void) 0);
}

/* ---- statements that name fields of a budget ------------------------------------------------- */

struct options {
    int bytes, live, peak;
};

static struct options last;

static void use(struct options options)
{
    last = options;
}

Test(named, pass_compound_literal)
{
    cr_assert_alloc_budget((.allocs = at_most(0)), use((struct options){ .bytes = 10, .live = 1 }));
}

Test(named, pass_assignment)
{
    cr_assert_alloc_budget((.allocs = at_most(0)), last.peak = 5);
}

Test(named, pass_string)
{
    cr_assert_alloc_budget((.allocs = at_most(sizeof ", .frees = ")), (void) "(.frees = 0)");
}

Test(named, pass_user_message)
{
    cr_assert_alloc_budget((.allocs = at_most(0)), use(last), "expected .frees = %d", 0);
}

Test(named, fail_user_message)
{
    cr_assert_alloc_budget((.allocs = at_most(0)), take((size_t) last.peak + 1, 8),
                           "expected .frees = %d, not .bytes = %s", 0, "1");
}
