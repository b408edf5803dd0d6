/* SPDX-License-Identifier: MIT */
/*
 * See function_name.h. A name is read in steps: a character, a group in brackets, or an operator
 * such as "operator<", whose brackets are no group. So a position between two steps is outside all
 * brackets. In names that were cut, a group without an end ends with the name.
 */
#include "symbols/function_name.h"

#include <string.h>

static const char anonymous[] = "(anonymous namespace)";

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '$' || (unsigned char) c >= 0x80;
}

static bool is_operator(const char *name, size_t at)
{
    size_t n = sizeof "operator" - 1;
    return starts_with(name + at, "operator") && !is_word_character(name[at + n])
           && (at == 0 || !is_word_character(name[at - 1]));
}

/* Return the position behind "operator" and its symbol. */
static size_t skip_operator(const char *name, size_t at)
{
    static const char *const symbols[] = { "()", "[]", "->*", "->", "<=>", "<<=", "<<",
                                           "<=", "<",  ">>=", ">>", ">=",  ">" };
    at += sizeof "operator" - 1;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (starts_with(name + at, symbols[i]))
            return at + strlen(symbols[i]);
    return at + strspn(name + at, "+-*/%^&|~!=,");
}

static char closing_bracket(char c)
{
    switch (c) {
        case '<': return '>';
        case '(': return ')';
        case '[': return ']';
        case '{': return '}';
        default: return '\0';
    }
}

enum { MAX_NESTED = 64 };

/* Return the position behind the group that begins at `at`. A bracket that closes another kind of
   group, too many nested groups, and the end of the name end it too: then it is not `*closed`. */
static size_t skip_group(const char *name, size_t at, bool *closed)
{
    *closed = false;
    char open[MAX_NESTED];
    size_t depth = 0;
    do {
        char close = closing_bracket(name[at]);
        if (close && depth == MAX_NESTED)
            return at;
        if (is_operator(name, at)) {
            at = skip_operator(name, at);
            continue;
        }
        if (close)
            open[depth++] = close;
        else if (name[at] == '-' && name[at + 1] == '>')
            at++;
        else if (name[at] && strchr(">)]}", name[at]) && name[at] != open[--depth])
            return at;
        at++;
    } while (depth > 0 && name[at]);
    *closed = depth == 0;
    return at;
}

/* Return the position of the next step. */
static size_t step(const char *name, size_t at)
{
    bool closed;
    if (is_operator(name, at))
        return skip_operator(name, at);
    return closing_bracket(name[at]) ? skip_group(name, at, &closed) : at + 1;
}

/* Return true for a word that follows a parameter list: "const", "&", "[clone". */
static bool is_qualifier(const char *word)
{
    static const char *const qualifiers[] = { "const", "volatile", "noexcept", "&", "[" };
    for (size_t i = 0; i < sizeof qualifiers / sizeof qualifiers[0]; i++) {
        size_t n = strlen(qualifiers[i]);
        if (strncmp(word, qualifiers[i], n) == 0
            && !(is_word_character(word[0]) && is_word_character(word[n])))
            return true;
    }
    return false;
}

/* Return the position of the function's name, behind the return type. */
static size_t find_start(const char *name)
{
    size_t start = 0;
    for (size_t at = 0; name[at] && !is_operator(name, at); at = step(name, at))
        if (name[at] == ' ' && !is_qualifier(name + at + 1))
            start = at + 1;
    /* A function that returns a reference or a pointer to an array or a function:
       "int (&f(int)) [4]". */
    while (name[start] == '(' && name[start + 1] && strchr("&*", name[start + 1]))
        start += 1 + strspn(name + start + 1, "&*");
    return start;
}

bool at_function_name_is_standard(const char *name)
{
    static const char *const prefixes[] = { "std::", "__gnu_cxx::", "__gnu_debug::",
                                            "__gnu_parallel::", "__cxxabiv1::" };
    name += find_start(name);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (starts_with(name, prefixes[i]))
            return true;
    if (!starts_with(name, "operator "))
        return false;
    name += sizeof "operator " - 1;
    name += starts_with(name, "new") ? 3 : starts_with(name, "delete") ? 6 : 0;
    return name[-1] != ' ' && !is_word_character(name[0]) && !starts_with(name, "::");
}

bool at_function_name_is_unscoped(const char *name)
{
    for (size_t at = find_start(name); name[at]; at = step(name, at)) {
        if (starts_with(name + at, "::"))
            return false;
        if (name[at] == '(' && !starts_with(name + at, anonymous))
            break;
    }
    return true;
}

/* Replace the part from `at` to `end` by `text`, which is not longer. Return its end. */
static size_t replace_part(char *name, size_t at, size_t end, const char *text)
{
    size_t n = strlen(text);
    memmove(name + at + n, name + end, strlen(name + end) + 1);
    memcpy(name + at, text, n);
    return at + n;
}

static void replace_each(char *name, const char *part, const char *shorter)
{
    for (char *at = name; (at = strstr(at, part));)
        replace_part(at, 0, strlen(part), shorter);
}

/* Remove the part behind a closing bracket that was not opened. If the name was cut inside a group,
   replace the rest of the group by "...". */
static void balance_brackets(char *name)
{
    for (size_t at = 0, next; name[at]; at = next) {
        next = step(name, at);
        if (strchr(">)]}", name[at]))
            name[next = at] = '\0';
        char close = closing_bracket(name[at]);
        bool closed = true;
        if (close)
            skip_group(name, at, &closed);
        if (closed || name[next])
            continue;
        const char end[] = { '.', '.', '.', close, '\0' };
        if (at + sizeof end < AT_FUNCTION_NAME_SIZE)
            strcpy(name + at + 1, end);
        return;
    }
}

/* Return the beginning of the template whose list of arguments contains `at`, or `at`. */
static size_t enclosing_template(const char *name, size_t at)
{
    size_t depth = 1;
    size_t i = at;
    while (i > 0 && depth > 0) {
        i--;
        if (name[i] == '>' && !(i > 0 && name[i - 1] == '-'))
            depth++;
        else if (name[i] == '<')
            depth--;
    }
    while (i > 0 && depth == 0 && (is_word_character(name[i - 1]) || name[i - 1] == ':'))
        i--;
    return depth == 0 ? i : at;
}

/* Remove the default arguments at the end of the arguments of the standard library's templates. */
static void remove_defaults(char *name)
{
    static const char *const defaults[] = { "allocator<",   "char_traits<", "less<",
                                            "hash<",        "equal_to<",    "default_delete<",
                                            "regex_traits<" };
    static const char before[] = ", std::";
    for (char *at = name; (at = strstr(at, before));) {
        const char *type = at + sizeof before - 1;
        bool closed = false;
        size_t end = 0;
        for (size_t i = 0; i < sizeof defaults / sizeof defaults[0] && !end; i++)
            if (starts_with(type, defaults[i]))
                end = skip_group(at, sizeof before - 1 + strlen(defaults[i]) - 1, &closed);
        size_t outer = enclosing_template(name, (size_t) (at - name));
        if (closed && at[end] == '>' && starts_with(name + outer, "std::")) {
            replace_part(at, 0, end, "");
            at = name;
        } else {
            at++;
        }
    }
}

/* Write std::ostream for std::basic_ostream<char>, and std::string::string() for the constructor
   std::string::basic_string<...>(). */
static void rename_basic(char *name)
{
    static const char basic[] = "std::basic_";
    for (char *at = name; (at = strstr(at, basic));) {
        size_t word = sizeof basic - 1, n = word;
        while (is_word_character(at[n]))
            n++;
        const char *wide = starts_with(at + n, "<wchar_t>") ? "w" : "";
        if (wide[0] || starts_with(at + n, "<char>")) {
            replace_part(at, n, n + (wide[0] ? 9 : 6), "");
            replace_part(at, 5, word, wide);
        }
        at += 5;
    }
    for (char *at = name; (at = strstr(at, "basic_")); at += 1) {
        size_t tilde = at > name && at[-1] == '~';
        size_t n = strspn(at + 6, "abcdefghijklmnopqrstuvwxyz0123456789_");
        size_t before = n + 2 + tilde;
        if ((size_t) (at - name) > before && starts_with(at - tilde - 2, "::")
            && memcmp(at - before, at + 6, n) == 0)
            replace_part(at, 0, 6, "");
    }
}

/* Remove the template arguments of operators and of constructors. */
static void remove_function_arguments(char *name)
{
    size_t word = 0, n_before = 0, before = 0; /* this component, the one before it */
    for (size_t at = 0; name[at];) {
        if (starts_with(name + at, "::")) {
            before = word;
            n_before = strcspn(name + word, "<(:");
            at += 2;
            word = at;
            continue;
        }
        size_t next = step(name, at);
        bool symbol = is_operator(name, at) && name[next] != '(' && next - at > 8;
        size_t list = next + (symbol && name[next] == ' ');
        bool same = n_before > 0 && n_before == next - word && name[next] == '<'
                    && memcmp(name + before, name + word, n_before) == 0;
        if ((symbol || same) && name[list] == '<')
            replace_part(name, next, step(name, list), "");
        at = next;
    }
}

/* Show the call operator of a lambda as the lambda: main::{lambda()#1}. */
static void remove_call_operator(char *name)
{
    static const char call[] = "::operator()";
    bool lambda = false;
    size_t component = 0;
    for (size_t at = 0; name[at]; at = step(name, at)) {
        if (lambda && starts_with(name + at, call)) {
            name[at] = '\0';
            return;
        }
        if (starts_with(name + at, "::"))
            component = at + 2;
        lambda = starts_with(name + component, "{lambda(") || starts_with(name + component, "$_");
    }
}

size_t at_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char) text[i] & 0xC0) != 0x80;
    return columns;
}

static bool fits(const char *name, size_t columns)
{
    return at_columns(name, strlen(name)) <= columns;
}

enum { MIN_ELIDED = sizeof "<...>" - 1 };

/* Replace the content of a group, from `at` to `end`, by "..." unless that is not shorter. Return
   the new end. */
static size_t elide_group(char *name, size_t at, size_t end)
{
    bool closed;
    skip_group(name, at, &closed);
    if (end - at <= MIN_ELIDED || !closed)
        return end;
    return replace_part(name, at + 1, end - 1, "...") + 1;
}

/* Elide the lists of parameters that are outside other brackets, or in the name of a lambda. */
static void elide_parameters(char *name)
{
    for (size_t at = 0; name[at];) {
        size_t next = step(name, at);
        if (name[at] == '{')
            next = at + 1;
        else if (name[at] == '(' && !starts_with(name + at, anonymous))
            next = elide_group(name, at, next);
        at = next;
    }
}

/* Return true if the list at `at` has a list inside that elide_template() can make shorter. */
static bool has_long_list(const char *name, size_t at, size_t end)
{
    for (size_t i = at + 1; i < end; i = is_operator(name, i) ? skip_operator(name, i) : i + 1)
        if (name[i] == '<' && step(name, i) - i > MIN_ELIDED)
            return true;
    return false;
}

/* Elide the longest list of template arguments that has no long list inside. Return false if there
   is none. */
static bool elide_template(char *name)
{
    size_t from = 0, to = 0;
    for (size_t at = 0; name[at];) {
        if (is_operator(name, at)) {
            at = skip_operator(name, at);
            continue;
        }
        bool closed = false;
        size_t end = name[at] == '<' ? skip_group(name, at, &closed) : at;
        if (closed && end > at + MIN_ELIDED && end - at > to - from
            && !has_long_list(name, at, end)) {
            from = at;
            to = end;
        }
        at++;
    }
    if (to)
        elide_group(name, from, to);
    return to > 0;
}

/* Replace the outer scopes by "...", those inside std by "std::...". */
static void elide_scopes(char *name, size_t columns)
{
    const char *outer = starts_with(name, "std::") ? "std::..." : "...";
    size_t last = 0;
    for (size_t at = 0; name[at] && name[at] != ' '; at = step(name, at)) {
        if (at < strlen(outer) || !starts_with(name + at, "::"))
            continue;
        last = at;
        if (strlen(outer) <= columns && fits(name + at, columns - strlen(outer)))
            break;
    }
    if (last)
        replace_part(name, 0, last, outer);
}

void at_function_name_shorten(const char *name, char out[AT_FUNCTION_NAME_SIZE], size_t columns)
{
    name += find_start(name);
    size_t n = strnlen(name, AT_FUNCTION_NAME_SIZE - 1);
    memcpy(out, name, n);
    out[n] = '\0';
    balance_brackets(out);
    static const char *const spaces[] = { "::__1::",       "::__ndk1::",  "::__cxx11::",
                                          "::__cxx1998::", "::__debug::", "::_V2::" };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        replace_each(out, spaces[i], "::");
    replace_each(out, "[abi:cxx11]", "");
    replace_each(out, ", , ", ", "); /* an empty pack of arguments */
    replace_each(out, " >", ">");
    remove_defaults(out);
    rename_basic(out);
    remove_function_arguments(out);
    remove_call_operator(out);
    if (!fits(out, columns))
        elide_parameters(out);
    while (!fits(out, columns) && elide_template(out))
        ;
    if (!fits(out, columns))
        elide_scopes(out, columns);
}
