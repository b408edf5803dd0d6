/* SPDX-License-Identifier: MIT */
/* symbols/function_name.h: which functions are in the standard library, and short names. */
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "symbols/function_name.h"

static const struct {
    const char *name;
    bool is_standard;
} owners[] = {
    { "std::vector<ring::slot>::push_back(ring::slot const&)", true },
    { "std::__1::vector<int, std::__1::allocator<int>>::resize(unsigned long)", true },
    { "void std::sort<int*>(int*, int*)", true },
    { "std::shared_ptr<ring::slot> std::make_shared<ring::slot>()", true },
    { "std::ostream& std::operator<< <std::char_traits<char>>(std::ostream&, char const*)", true },
    { "char const (&std::forward<char const (&) [4]>(char const (&) [4])) [4]", true },
    { "std::function<void ()>::operator()() const", true },
    { "std::thread::_State_impl<main::{lambda()#1}>::_M_run()", true },
    { "virtual thunk to std::ostream::~ostream()", true },
    { "__gnu_cxx::__ops::_Iter_less_iter __gnu_cxx::__ops::__iter_less_iter()", true },
    { "__gnu_debug::_Safe_sequence_base::_M_detach_all()", true },
    { "__gnu_parallel::f()", true },
    { "__cxxabiv1::__terminate(void (*)())", true },
    { "operator new(unsigned long)", true },
    { "operator new[](unsigned long, std::align_val_t)", true },
    { "operator delete(void*)", true },
    { "main", false },
    { "", false },
    { "malloc", false },
    { "stdlib::f()", false },
    { "mystd::std::f()", false },
    { "fill(std::vector<int>&)", false },
    { "std::vector<int> ring::values(std::string const&)", false },
    { "void sort_all<std::vector<int>>(std::vector<int>&)", false },
    { "operator<<(std::ostream&, ring::slot const&)", false },
    { "std::ostream& ring::operator<< <int>(std::ostream&, ring::slot const&)", false },
    { "ring::slot::operator std::string() const", false },
    { "ring::slot::operator new(unsigned long)", false },
    { "main::{lambda(std::string const&)#1}::operator()(std::string const&) const", false },
    { "run() const::{lambda()#1}::operator()() const", false },
    { "(anonymous namespace)::f(std::string)", false },
    { "int const& pick<std::string>(std::string const&)", false },
    { "operator newton::distance(int)", false },
};

Test(function_name, owner)
{
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
        cr_expect_eq(at_function_name_is_standard(owners[i].name), owners[i].is_standard, "%s",
                     owners[i].name);
}

Test(function_name, scope)
{
    cr_expect(at_function_name_is_unscoped("main"));
    cr_expect(at_function_name_is_unscoped("fill(std::vector<int>&)"));
    cr_expect(at_function_name_is_unscoped("std::string make<std::string>(std::string)"));
    cr_expect(at_function_name_is_unscoped("async<run()::<lambda(int)>, int>"));
    cr_expect_not(at_function_name_is_unscoped("ring::fill(int)"));
    cr_expect_not(at_function_name_is_unscoped("(anonymous namespace)::hidden(int)"));
    cr_expect_not(at_function_name_is_unscoped("main::{lambda()#1}::operator()() const"));
}

static const struct {
    const char *name;
    size_t columns;
    const char *shown;
} names[] = {
    /* of C and of other languages */
    { "a_function_whose_name_is_longer_than_the_column", 20,
      "a_function_whose_name_is_longer_than_the_column" },
    { "_RNvCs1234_7mycrate3foo", 10, "_RNvCs1234_7mycrate3foo" },
    { "", 10, "" },
    /* return types */
    { "void f<3>()", 40, "f<3>()" },
    { "std::shared_ptr<ring::slot> std::make_shared<ring::slot>()", 40,
      "std::make_shared<ring::slot>()" },
    { "char const (&std::forward<char const (&) [4]>(char const (&) [4])) [4]", 60,
      "std::forward<char const (&) [4]>(char const (&) [4])" },
    { "unsigned long ns::count<int>(int) const", 40, "ns::count<int>(int) const" },
    /* default arguments of the library's templates, and only those */
    { "std::map<int, long, std::less<int>>::clear()", 40, "std::map<int, long>::clear()" },
    { "std::map<int, long, std::greater<int>>::clear()", 60,
      "std::map<int, long, std::greater<int>>::clear()" },
    { "std::unordered_map<int, S, std::hash<int>, std::equal_to<int>>::clear()", 60,
      "std::unordered_map<int, S>::clear()" },
    { "std::unique_ptr<S, std::default_delete<S>>::reset(S*)", 60,
      "std::unique_ptr<S>::reset(S*)" },
    { "std::set<std::map<int, S, std::less<int>>, std::less<int>>::clear()", 60,
      "std::set<std::map<int, S>>::clear()" },
    { "mine::map<int, std::less<int>>::clear()", 60, "mine::map<int, std::less<int>>::clear()" },
    { "f(int, std::less<int>)", 60, "f(int, std::less<int>)" },
    /* names that the library has for its own templates */
    { "std::basic_ostream<char, std::char_traits<char>>::flush()", 40, "std::ostream::flush()" },
    { "std::basic_ostream<wchar_t, std::char_traits<wchar_t>>::flush()", 40,
      "std::wostream::flush()" },
    { "std::basic_ostream<char8_t>::flush()", 40, "std::basic_ostream<char8_t>::flush()" },
    { "std::basic_regex<char, std::__cxx11::regex_traits<char>>::basic_regex(char const*)", 40,
      "std::regex::regex(char const*)" },
    { "std::string::basic_string<std::allocator<char>>(char const*)", 40,
      "std::string::string(char const*)" },
    { "std::basic_ifstream<char, std::char_traits<char>>::~basic_ifstream()", 40,
      "std::ifstream::~ifstream()" },
    { "std::__1::basic_string<char, std::__1::char_traits<char>, std::__1::allocator<char>>"
      "::append(char const*)",
      40, "std::string::append(char const*)" },
    { "std::filesystem::__cxx11::path::path(char const*)", 60,
      "std::filesystem::path::path(char const*)" },
    { "ring__1::f()", 40, "ring__1::f()" },
    { "f[abi:cxx11](int)", 40, "f(int)" },
    /* constructors, operators, lambdas */
    { "std::function<void ()>::function<main::{lambda()#1}, void>(main::{lambda()#1}&&)", 48,
      "std::function<void ()>::function(...)" },
    { "std::thread::thread<main::{lambda()#1}, , void>(main::{lambda()#1}&&)", 60,
      "std::thread::thread(main::{lambda()#1}&&)" },
    { "std::ostream& std::operator<< <std::char_traits<char>>(std::ostream&, char const*)", 60,
      "std::operator<<(std::ostream&, char const*)" },
    { "bool ns::operator< <int>(ns::S<int> const&, ns::S<int> const&)", 60,
      "ns::operator<(ns::S<int> const&, ns::S<int> const&)" },
    { "ns::S<int>::operator->() const", 60, "ns::S<int>::operator->() const" },
    { "ns::S::operator std::vector<int>() const", 60, "ns::S::operator std::vector<int>() const" },
    { "main::{lambda()#1}::operator()() const", 40, "main::{lambda()#1}" },
    { "main::{lambda(ring::slot const&, ring::slot const&)#2}::operator()(int) const", 40,
      "main::{lambda(...)#2}" },
    { "main::$_7::operator()() const", 40, "main::$_7" },
    { "ns::S::operator()(int) const", 40, "ns::S::operator()(int) const" },
    { "ns::S::operator()<int>(int) const", 40, "ns::S::operator()(int) const" },
    /* too long for the column */
    { "ring::push(ring::slot const&, std::vector<int> const&)", 40, "ring::push(...)" },
    { "ring::queue<std::pair<std::string, ring::slot>>::push(ring::slot const&)", 40,
      "ring::queue<std::pair<...>>::push(...)" },
    { "ring::queue<std::pair<std::string, ring::slot>>::push(ring::slot const&)", 30,
      "ring::queue<...>::push(...)" },
    { "ring::queue<std::pair<std::string, ring::slot>>::push(ring::slot const&)", 16,
      "...::push(...)" },
    { "ring::queue<std::pair<std::string, ring::slot>>::push(ring::slot const&)", 1,
      "...::push(...)" },
    { "std::__detail::_Compiler<std::regex_traits<char>>::_M_alternative()", 30,
      "std::...::_M_alternative()" },
    { "(anonymous namespace)::push(ring::slot const&, int)", 40,
      "(anonymous namespace)::push(...)" },
    { "(anonymous namespace)::push(ring::slot const&, int)", 20, "...::push(...)" },
    { "ns::f<(1)>(ns::averylongname, ns::averylongname)", 20, "ns::f<(1)>(...)" },
    { "std::vector<std::tuple<int, int>, S<int>>::f()", 30, "std::vector<...>::f()" },
    /* cut by at_demangle() */
    { "std::map<std::string, std::vec", 80, "std::map<...>" },
    { "ring::f(int, std::map<std::string, std::vec", 80, "ring::f(...)" },
};

Test(function_name, shown)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char out[AT_FUNCTION_NAME_SIZE];
        cr_assert_no_alloc(at_function_name_shorten(names[i].name, out, names[i].columns));
        cr_expect_str_eq(out, names[i].shown, "%s became %s", names[i].name, out);
    }
}

Test(function_name, columns)
{
    cr_expect_eq(at_columns("1 × 8 bytes", strlen("1 × 8 bytes")), 11);
}

/* Return false if a bracket is not closed. Operators and arrows have brackets that need no partner.
 */
static bool is_balanced(const char *name)
{
    static const char open[] = "<([{", close[] = ">)]}";
    char stack[AT_FUNCTION_NAME_SIZE];
    size_t depth = 0;
    for (; *name; name++) {
        const char *kind = strchr(open, *name);
        if (kind)
            stack[depth++] = close[kind - open];
        else if (strchr(close, *name) && (depth == 0 || stack[--depth] != *name))
            return false;
    }
    return depth == 0;
}

/* Names that are cut anywhere become names with balanced brackets. */
Test(function_name, cut_anywhere)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strstr(names[i].name, "operator") || strstr(names[i].name, "(3"))
            continue;
        for (size_t n = 0; n <= strlen(names[i].name); n++) {
            char name[AT_FUNCTION_NAME_SIZE] = "", out[AT_FUNCTION_NAME_SIZE];
            memcpy(name, names[i].name, n);
            at_function_name_shorten(name, out, names[i].columns);
            cr_expect(is_balanced(out), "%s became %s", name, out);
        }
    }
}

/* Random bytes, and brackets without a partner: the result is NUL-terminated. */
Test(function_name, garbage)
{
    static const char alphabet[] = "a:<>()[]{}~ ,&*operator std::basic_char->$_\xC3";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char name[2 * AT_FUNCTION_NAME_SIZE] = "", out[AT_FUNCTION_NAME_SIZE];
        size_t n = (size_t) rand_r(&seed) % (round % 100 ? 60 : sizeof name - 1);
        for (size_t i = 0; i < n; i++)
            name[i] = alphabet[(size_t) rand_r(&seed) % (sizeof alphabet - 1)];
        at_function_name_is_standard(name);
        at_function_name_is_unscoped(name);
        at_function_name_shorten(name, out, (size_t) rand_r(&seed) % 80);
        cr_assert_lt(strlen(out), sizeof out);
    }
}
