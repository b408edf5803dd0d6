// SPDX-License-Identifier: MIT
// Failures with texts that Criterion must escape, and tests that crash, hang, exit or skip.
#include <csignal>
#include <cstdlib>
#include <unistd.h>
#include <vector>

#include <alloc_tracker/criterion.h>

static char *volatile sink;

static void allocate(const char *)
{
    sink = static_cast<char *>(malloc(8));
}

template <typename T> struct holder {
    static void fill()
    {
        std::vector<T> values;
        values.push_back(T());
        sink = reinterpret_cast<char *>(&values[0]);
    }
};

Test(outputs, quotes)
{
    cr_assert_no_alloc(allocate("\"quoted\" \\ <tag attr='x'> & ]]> \t tab"));
}

Test(outputs, templates)
{
    cr_assert_no_alloc(holder<holder<std::vector<int>>>::fill(), "a < b && c > \"d\" ]]> %s", "é");
}

Test(outputs, not_utf8)
{
    cr_assert_no_alloc(allocate(""), "\xFF\xC3 is not UTF-8, \x01 is not text");
}

Test(outputs, foreign_message)
{
    cr_assert(false, "criterion's own \"message\" with <xml> & ]]> \\n");
}

Test(outputs, skipped_with_quotes)
{
    cr_skip("because \"of\" <this> & that\nand another line");
}

Test(outputs, crashes, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    allocate("");
    raise(SIGSEGV);
}

Test(outputs, hangs, .timeout = 0.3)
{
    allocate("");
    for (;;)
        pause();
}

Test(outputs, exits, .exit_code = 7)
{
    allocate("");
    exit(7);
}

Test(outputs, passes)
{
    allocate("");
}
