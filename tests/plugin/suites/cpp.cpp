// SPDX-License-Identifier: MIT
// Failures of ordinary C++ code. Each test allocates through the standard library on the line after
// the mark with its name. tests/plugin/test_cpp.py reads the messages.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <alloc_tracker/criterion.h>

namespace ring
{
struct slot {
    std::string name;
    std::vector<int> values;
};
} // namespace ring

static const char *volatile text = "a text that is longer than fifteen characters";

// Prevents the compiler from removing a pair of new and delete.
template <typename T> static void keep(const T &object)
{
    asm volatile("" : : "r"(&object) : "memory");
}

Test(cpp, vector_grows)
{
    std::vector<ring::slot> slots;
    const ring::slot slot;
    cr_no_alloc_scope
    {
        for (int i = 0; i < 20; i++)
            // NEXT vector_grows
            slots.push_back(slot);
    }
}

Test(cpp, map_inserts)
{
    std::map<std::string, std::vector<int>> map;
    cr_no_alloc_scope
    {
        // NEXT map_inserts
        map["key"];
    }
}

Test(cpp, hash_map_inserts)
{
    std::unordered_map<std::string, std::shared_ptr<ring::slot>> map;
    cr_no_alloc_scope
    {
        // NEXT hash_map_inserts
        map.emplace("key", nullptr);
    }
}

Test(cpp, set_inserts)
{
    std::set<std::pair<int, std::string>, std::greater<>> set;
    cr_no_alloc_scope
    {
        // NEXT set_inserts
        set.insert({ 1, text });
    }
}

Test(cpp, string_appends)
{
    std::string string;
    cr_no_alloc_scope
    {
        // NEXT string_appends
        string += text;
    }
}

Test(cpp, shared_made)
{
    cr_no_alloc_scope
    {
        // NEXT shared_made
        auto slot = std::make_shared<ring::slot>();
        keep(slot);
    }
}

Test(cpp, function_copies)
{
    long a = 1, b = 2, c = 3;
    cr_no_alloc_scope
    {
        // NEXT function_copies
        std::function<long()> function = [a, b, c] { return a * b * c; };
        keep(function);
    }
}

Test(cpp, stream_formats)
{
    std::ostringstream stream;
    cr_no_alloc_scope
    {
        // NEXT stream_formats
        stream << text;
    }
}

Test(cpp, regex_compiles)
{
    cr_no_alloc_scope
    {
        // NEXT regex_compiles
        std::regex regex("(a|b)*[[:digit:]]+");
    }
}

Test(cpp, thread_starts)
{
    cr_no_alloc_scope
    {
        // NEXT thread_starts
        std::thread thread([] {});
        thread.join();
    }
}

static void fill(std::vector<int> &numbers)
{
    // NEXT fill
    numbers.resize(1000);
    keep(numbers);
}

Test(cpp, thread_allocates)
{
    static std::vector<int> numbers;
    cr_no_alloc_scope
    {
        // NEXT thread_allocates
        std::thread thread(fill, std::ref(numbers));
        thread.join();
    }
}

Test(cpp, future_waits)
{
    cr_no_alloc_scope
    {
        // NEXT future_waits
        auto future = std::async(std::launch::deferred, [] { return 4; });
        future.wait();
    }
}

Test(cpp, file_opens)
{
    cr_no_alloc_scope
    {
        // NEXT file_opens
        std::ifstream file("/dev/null");
    }
}

Test(cpp, path_joins)
{
    const std::filesystem::path directory("/usr/share/doc");
    cr_no_alloc_scope
    {
        // NEXT path_joins
        auto file = directory / "a" / "b";
        keep(file);
    }
}

static bool by_name(const ring::slot &left, const ring::slot &right)
{
    // NEXT sort_compares
    std::string name = left.name + text;
    return name < right.name;
}

Test(cpp, sort_compares)
{
    std::vector<ring::slot> slots(2);
    cr_no_alloc_scope
    {
        std::sort(slots.begin(), slots.end(), by_name); // by_name() makes a copy of each name
    }
}

Test(cpp, function_calls)
{
    std::vector<std::string> names;
    const std::function<void(const char *)> add = [&names](const char *name) {
        // NEXT function_calls
        names.push_back(name);
    };
    cr_no_alloc_scope
    {
        add(text);
    }
}
