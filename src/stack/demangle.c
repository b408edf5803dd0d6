/* SPDX-License-Identifier: MIT */
/* See demangle.h. */
#include "stack/demangle.h"

#include <string.h>

#include "stack/demangler.h"

enum {
    AT_DEMANGLE_MAX = 1023,      /* gcc's demangler refuses longer names, for its recursion's sake */
    AT_DEMANGLE_READABLE = 2048, /* before the name is shortened; what is longer is cut */
};

/* Replaces each `from` by the shorter `to`. */
static void replace(char *name, const char *from, const char *to)
{
    size_t from_length = strlen(from);
    size_t to_length = strlen(to);
    for (char *at = name; (at = strstr(at, from)); at += to_length) {
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the name goes on behind it */
        memcpy(at, to, to_length);
        memmove(at + to_length, at + from_length, strlen(at + from_length) + 1);
    }
}

/* Removes each ", std::allocator<...>", whatever it allocates. */
static void remove_allocators(char *name)
{
    static const char start[] = ", std::allocator<";
    for (char *at = name; (at = strstr(at, start));) {
        char *end = at + sizeof start - 1;
        for (int depth = 1; *end && depth > 0; end++)
            depth += (*end == '<') - (*end == '>');
        memmove(at, end, strlen(end) + 1);
    }
}

void at_demangle_shorten(char *name)
{
    replace(name, "std::__cxx11::", "std::");
    replace(name, "[abi:cxx11]", "");
    replace(name, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
            "std::string");
    remove_allocators(name);
    replace(name, " >", ">");
}

/* What compilers append, after a dot, to the name of a copy or a part of a function. */
static bool is_clone_word(const char *word, size_t length)
{
    static const char *const words[] = { "cfi",   "cold",       "constprop", "isra",
                                         "llvm",  "localalias", "lto_priv",  "part",
                                         "__uniq" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* The last ".word" before `length`, as its length with the dot; 0 if there is none. */
static size_t last_word(const char *name, size_t length)
{
    for (size_t i = length; i-- > 1;)
        if (name[i] == '.')
            return length - i;
    return 0;
}

size_t at_demangle_base_length(const char *name)
{
    size_t length = strlen(name);
    for (;;) {
        size_t word = last_word(name, length);
        const char *at = name + length - word + 1;
        size_t number = word > 1 && strspn(at, "0123456789") == word - 1 ? word : 0;
        if (number) {
            word = last_word(name, length - number);
            at = name + length - number - word + 1;
        }
        if (word < 2 || !is_clone_word(at, word - 1))
            return length;
        length -= number + word;
    }
}

void at_demangle(const char *name, char *out, size_t size)
{
    char base[AT_DEMANGLE_MAX + 1];
    char readable[AT_DEMANGLE_READABLE];
    const char *text = name;
    size_t n = at_demangle_base_length(name);
    if (n <= AT_DEMANGLE_MAX && strncmp(name, "_Z", 2) == 0) {
        memcpy(base, name, n);
        base[n] = '\0';
        if (at_demangler_print(base, readable, sizeof readable)) {
            at_demangle_shorten(readable);
            text = readable;
            n = strlen(readable);
        }
    }
    n = n < size - 1 ? n : size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}
