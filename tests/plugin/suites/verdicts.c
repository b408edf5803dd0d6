/* SPDX-License-Identifier: MIT */
/* The cases of verdicts.h in C, and what only C can get wrong. */
#include "verdicts.h"

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
