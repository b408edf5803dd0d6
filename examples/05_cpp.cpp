// SPDX-License-Identifier: MIT
// C++: std::string within and beyond its small buffer, std::vector with and without reserve(). The
// last two tests fail on purpose.
#include <string>
#include <vector>

#include <alloc_tracker/criterion.h>

static std::string greeting(const char *name)
{
    return std::string("hello, ") + name;
}

static void fill(std::vector<int> &numbers)
{
    for (int i = 0; i < 100; i++)
        numbers.push_back(i);
}

Test(cpp, a_short_string_stays_in_its_buffer)
{
    cr_assert_no_alloc(greeting("ring"));
}

Test(cpp, a_reserved_vector_allocates_nothing)
{
    std::vector<int> numbers;
    numbers.reserve(100);
    cr_assert_no_alloc(fill(numbers));
}

Test(cpp, a_long_string_is_caught)
{
    cr_no_alloc_scope
    {
        std::string name("longer than fifteen bytes");
        name.back() = '!';
    }
}

Test(cpp, growth_is_caught)
{
    std::vector<int> numbers;
    cr_assert_alloc_budget((.allocs = at_most(3)), fill(numbers));
}
