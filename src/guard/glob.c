/* SPDX-License-Identifier: MIT */
/* See glob.h. */
#include "guard/glob.h"

#include <stddef.h>
#include <string.h>

/* Match the first `length` bytes of `text`. It backtracks to the last star only, so the cost is at
   most quadratic. */
static bool matches_bytes(const char *glob, const char *text, size_t length)
{
    const char *end = text + length;
    const char *star = NULL, *resume = NULL;
    while (text < end) {
        if (*glob == '*') {
            star = ++glob;
            resume = text;
        } else if (*glob && (*glob == '?' || *glob == *text)) {
            glob++;
            text++;
        } else if (star) {
            glob = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    return glob[strspn(glob, "*")] == '\0';
}

/* Return the start of the parameters in "ns::write(int) const", which is the last opening
   parenthesis at depth 0, or the end of the name. */
static const char *find_parameters(const char *name)
{
    const char *close = strrchr(name, ')');
    int depth = 0;
    for (const char *at = close; at && at > name; at--) {
        depth += (*at == ')') - (*at == '(');
        if (depth == 0)
            return at;
    }
    return name + strlen(name);
}

/* Skip the signs of an operator, as in "operator<(int)": they are not parentheses. Return `at` if
   there is no operator. */
static const char *skip_operator(const char *at, const char *end)
{
    static const char *const signs[] = { "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=",
                                         ">=",  "->",  "()",  "[]",  "<",  ">" };
    static const char word[] = "operator";
    size_t n = sizeof word - 1;
    if ((size_t) (end - at) < n || memcmp(at, word, n) != 0)
        return at;
    at += n;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strlen(signs[i]) <= (size_t) (end - at) && memcmp(at, signs[i], strlen(signs[i])) == 0)
            return at + strlen(signs[i]);
    return at;
}

/* Return the start of the name in "void ns::trace<int>(int)": a template's type comes first. */
static const char *skip_type(const char *name, const char *end)
{
    const char *start = name;
    int depth = 0;
    for (const char *at = name; at < end;) {
        const char *behind = skip_operator(at, end);
        if (behind > at && depth == 0 && *behind == ' ')
            return start; /* "operator new", "operator int": the space is part of the name */
        depth += behind == at && strchr("<({[", *at);
        depth -= behind == at && strchr(">)}]", *at);
        at = behind > at ? behind : at + 1;
        if (at[-1] == ' ' && depth == 0)
            start = at;
    }
    return start;
}

bool at_glob_matches(const char *glob, const char *text)
{
    return matches_bytes(glob, text, strlen(text));
}

bool at_glob_matches_function(const char *glob, const char *name)
{
    if (!*name)
        return false;
    const char *end = find_parameters(name);
    const char *start = skip_type(name, end);
    return at_glob_matches(glob, name) || at_glob_matches(glob, start)
           || matches_bytes(glob, start, (size_t) (end - start));
}

bool at_glob_matches_file(const char *glob, const char *path)
{
    for (const char *at = path; at;) {
        if (at_glob_matches(glob, at))
            return true;
        at = strchr(at, '/');
        at = at ? at + 1 : NULL;
    }
    return false;
}
