/* SPDX-License-Identifier: MIT */
/* See demangle.h. */
#include "stack/demangle.h"

#include <stdlib.h>
#include <string.h>

#include "base/symbols.h"

typedef char *demangler(const char *mangled, char *buffer, size_t *size, int *status);

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

void at_demangle(const char *name, char *out, size_t size)
{
    demangler *demangle = NULL;
    if (strncmp(name, "_Z", 2) == 0)
        demangle = (demangler *) at_symbol("__cxa_demangle");
    char *readable = demangle ? demangle(name, NULL, NULL, NULL) : NULL;
    if (readable)
        at_demangle_shorten(readable);
    const char *text = readable ? readable : name;
    size_t n = strnlen(text, size - 1);
    memcpy(out, text, n);
    out[n] = '\0';
    free(readable);
}
