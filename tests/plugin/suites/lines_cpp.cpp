// SPDX-License-Identifier: MIT
// The C++ half of lines.c: each test allocates on the line marked HERE with its name.
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <alloc_tracker/criterion.h>

static const char *volatile text = "a string that is longer than fifteen characters";
static volatile std::size_t sink = 0;

// Prevents the compiler from removing a pair of new and delete.
static void keep(const void *pointer)
{
    asm volatile("" : : "r"(pointer) : "memory");
}

#define LINE_TEST(Name)                                                                            \
    static void line_##Name();                                                                     \
    Test(lines_cpp, Name)                                                                          \
    {                                                                                              \
        cr_assert_no_alloc(line_##Name());                                                         \
    }                                                                                              \
    static void line_##Name()

LINE_TEST(operator_new)
{
    int *block = new int(3); // HERE operator_new
    keep(block);
    delete block;
}

LINE_TEST(operator_new_array)
{
    int *block = new int[sink + 3]; // HERE operator_new_array
    keep(block);
    delete[] block;
}

LINE_TEST(string_from_pointer)
{
    std::string string(text); // HERE string_from_pointer
    keep(string.data());
    sink = string.size();
}

LINE_TEST(string_from_literal)
{
    std::string string("sixteen or more characters"); // HERE string_from_literal
    keep(string.data());
    sink = string.size();
}

LINE_TEST(string_append)
{
    std::string string;
    string.append(text); // HERE string_append
    keep(string.data());
}

LINE_TEST(vector_reserve)
{
    std::vector<int> vector;
    vector.reserve(100); // HERE vector_reserve
    keep(vector.data());
}

LINE_TEST(vector_push_back)
{
    std::vector<int> vector;
    vector.push_back(1); // HERE vector_push_back
    keep(vector.data());
}

LINE_TEST(map_insert)
{
    std::map<int, int> map;
    map[3] = 4; // HERE map_insert
    keep(&map);
}

LINE_TEST(make_unique)
{
    std::unique_ptr<int> pointer(new int(4)); // HERE make_unique
    keep(pointer.get());
}

Test(lines_cpp, in_the_body)
{
    cr_no_alloc_scope
    {
        std::string string(text); // HERE in_the_body
        sink = string.size();
    }
}

// gcc inlines this function such that libbacktrace loses the line: see repair_inlined().
static std::size_t measure()
{
    std::string string("a literal string that is longer than 15"); // HERE inlined_helper
    keep(string.data());
    return string.size();
}

Test(lines_cpp, inlined_helper)
{
    cr_no_alloc_scope
    {
        sink = measure();
    }
}

static std::string make(const char *from)
{
    return std::string(from); // HERE returned_string
}

Test(lines_cpp, returned_string)
{
    cr_assert_no_alloc(sink = make(text).size());
}
