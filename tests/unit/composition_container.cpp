// SPDX-License-Identifier: MIT
// A vector and a string that grow, for test_composition.c.
#include <string>
#include <vector>

static std::vector<int> numbers;
static std::string text;

extern "C" void fill_vector(int n);
extern "C" void empty_vector(void);
extern "C" void fill_string(int n);

extern "C" void fill_vector(int n)
{
    for (int i = 0; i < n; i++)
        numbers.push_back(i);
}

extern "C" void empty_vector(void)
{
    std::vector<int>().swap(numbers);
}

extern "C" void fill_string(int n)
{
    text.reserve(static_cast<std::size_t>(n));
    text += 'x'; // prevents a tail call
}
