// SPDX-License-Identifier: MIT
// The cases of verdicts.h in C++, and exceptions that leave scopes and statements.
#include <stdexcept>

#include "verdicts.h"

static void allocate_and_throw()
{
    take(1, 8);
    throw std::runtime_error("thrown on purpose");
}

Test(exceptions, fail_scope_left_by_exception)
{
    try {
        cr_no_alloc_scope
        {
            allocate_and_throw();
        }
    } catch (const std::exception &) {
    }
}

Test(exceptions, pass_budget_holds_for_exception)
{
    bool caught = false;
    take(1, 8);
    try {
        cr_alloc_scope(.allocs = at_most(9))
        {
            allocate_and_throw();
        }
    } catch (const std::exception &) {
        caught = true;
    }
    if (!caught)
        std::abort();
}

Test(exceptions, fail_statement_left_by_exception)
{
    try {
        cr_assert_no_alloc(allocate_and_throw());
    } catch (const std::exception &) {
    }
}

Test(exceptions, fail_uncaught, .data = cr_alloc_budget(.allocs = at_most(9)))
{
    allocate_and_throw();
}

static void in_a_lambda_and_a_template(int n)
{
    auto body = [n]() { cr_assert_no_alloc(take(static_cast<size_t>(n), 8)); };
    body();
}

Test(exceptions, fail_in_a_lambda)
{
    in_a_lambda_and_a_template(1);
}

Test(exceptions, pass_in_a_lambda)
{
    in_a_lambda_and_a_template(0);
}

/* A number beyond 64 bits is out of range, whatever its low bits are. */
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

Test(wide, fail_positive)
{
    cr_alloc_scope(.allocs = at_least(static_cast<int128>(1) << 98))
    {
    }
}

Test(wide, fail_unsigned, .data = cr_alloc_budget(.live = at_least(static_cast<uint128>(-1))))
{
}

Test(wide, fail_negative)
{
    cr_alloc_scope(.live = at_most(-(static_cast<int128>(1) << 98)))
    {
    }
}
