// SPDX-License-Identifier: MIT
// The C++ part of not_counted.c: Criterion formats operands in the code of the test.
#include <cstdlib>
#include <string>
#include <vector>

#include <alloc_tracker/criterion.h>

#include <criterion/new/assert.h>

#define NOTHING .data = cr_alloc_budget(.allocs = at_most(0), .frees = at_most(0))

static void *volatile sink;

Test(not_counted_cpp, any_formats_what_does_not_hold, NOTHING)
{
    cr_assert(any(eq(int, 1, 2), eq(int, 1, 1)));
}

Test(not_counted_cpp, all_none_not, NOTHING)
{
    cr_assert(all(eq(int, 1, 1), ne(int, 1, 2)));
    cr_assert(none(eq(int, 1, 2), 0));
    cr_assert(not(eq(int, 1, 2)));
    cr_assert(eq(str, const_cast<char *>("abc"), const_cast<char *>("abc")));
}

Test(not_counted_cpp, arrays, NOTHING)
{
    int left[] = { 1, 2 };
    int right[] = { 1, 2 };
    cr_assert(eq(int[2], left, right));
}

Test(not_counted_cpp, throwing_assertions, NOTHING)
{
    cr_assert(nothrow(static_cast<void>(sink)));
}

Test(not_counted_cpp, fail_what_the_user_allocates_in_an_operand, NOTHING)
{
    cr_assert(
        any(eq(sz, std::string("a string beyond its small buffer").size(), 1), eq(int, 1, 1)));
}

Test(not_counted_cpp, fail_what_a_statement_allocates, NOTHING)
{
    cr_assert(nothrow(sink = std::malloc(3)));
}

Test(not_counted_cpp, fail_the_message_is_still_right)
{
    cr_assert(eq(int, 41, 42));
}
