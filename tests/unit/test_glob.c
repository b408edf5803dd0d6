/* SPDX-License-Identifier: MIT */
/* guard/glob.h: a pattern matches a function's name with type and parameters, or without them. */
#include "alloc_tracker/criterion.h"
#include "guard/glob.h"

/* A name as messages show it, without its type, and without type and parameters. */
static const struct {
    const char *name, *typeless, *bare;
} names[] = {
    { "main", "main", "main" },
    { "_ZN2ns1fEv", "_ZN2ns1fEv", "_ZN2ns1fEv" },
    { "ns::write(int)", "ns::write(int)", "ns::write" },
    { "ns::write(int) const", "ns::write(int) const", "ns::write" },
    { "void ns::trace<int>(int)", "ns::trace<int>(int)", "ns::trace<int>" },
    { "std::vector<int> ns::make<std::less<int>>()", "ns::make<std::less<int>>()",
      "ns::make<std::less<int>>" },
    { "ns::apply(void (*)(int), char)", "ns::apply(void (*)(int), char)", "ns::apply" },
    { "(anonymous namespace)::hidden(int)", "(anonymous namespace)::hidden(int)",
      "(anonymous namespace)::hidden" },
    { "void (anonymous namespace)::hidden<int>(int)", "(anonymous namespace)::hidden<int>(int)",
      "(anonymous namespace)::hidden<int>" },
    { "ns::Logger::operator()(int)", "ns::Logger::operator()(int)", "ns::Logger::operator()" },
    { "ns::hot()::{lambda(int)#1}::operator()(int) const",
      "ns::hot()::{lambda(int)#1}::operator()(int) const",
      "ns::hot()::{lambda(int)#1}::operator()" },
    { "ns::Logger::operator<(int)", "ns::Logger::operator<(int)", "ns::Logger::operator<" },
    { "bool ns::operator< <int>(int)", "ns::operator< <int>(int)", "ns::operator< <int>" },
    { "bool ns::operator><unsigned long>(int)", "ns::operator><unsigned long>(int)",
      "ns::operator><unsigned long>" },
    { "int ns::operator<=><unsigned long>(int)", "ns::operator<=><unsigned long>(int)",
      "ns::operator<=><unsigned long>" },
    { "bool ns::operator>><int>(int)", "ns::operator>><int>(int)", "ns::operator>><int>" },
    { "ns::P::operator->() const", "ns::P::operator->() const", "ns::P::operator->" },
    { "operator new(unsigned long)", "operator new(unsigned long)", "operator new" },
    { "ns::P::operator int*() const", "ns::P::operator int*() const", "ns::P::operator int*" },
};

Test(glob, three_forms_of_a_name_match)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name = names[i].name;
        cr_expect(at_glob_matches_function(name, name), "%s", name);
        cr_expect(at_glob_matches_function(names[i].typeless, name), "%s", names[i].typeless);
        cr_expect(at_glob_matches_function(names[i].bare, name), "%s", names[i].bare);
    }
}

Test(glob, a_part_of_a_name_does_not_match)
{
    cr_expect_not(at_glob_matches_function("write", "ns::write(int)"));
    cr_expect_not(at_glob_matches_function("ns", "ns::write(int)"));
    cr_expect_not(at_glob_matches_function("void", "void ns::trace<int>(int)"));
    cr_expect_not(
        at_glob_matches_function("namespace)::hidden", "(anonymous namespace)::hidden(int)"));
    cr_expect_not(at_glob_matches_function("*", ""), "code without a known name");
}
