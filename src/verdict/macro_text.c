/* SPDX-License-Identifier: MIT */
/*
 * See macro_text.h. The expansion that is undone is that of at_most(), at_least() and at_exactly()
 * in <alloc_tracker/budget.h>, as gcc and clang print it. A test compares it with the header.
 */
#include "verdict/macro_text.h"

#include <ctype.h>
#include <string.h>

/* Return whether the quote at `at` separates digits of a number: 1'000 in C++ and C23. */
static bool separates_digits(const char *begin, const char *at)
{
    const char *word = at;
    while (word > begin && (isalnum((unsigned char) word[-1]) || word[-1] == '\''))
        word--;
    return *at == '\'' && word < at && isdigit((unsigned char) *word);
}

/* Return the end of the string or character literal that begins at `at`. */
static const char *skip_literal(const char *at)
{
    char quote = *at++;
    while (*at && *at != quote)
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at;
}

/* Return the end of the literal at `at`, or the next character if there is none. */
static const char *skip_one(const char *begin, const char *at)
{
    bool is_literal = *at == '"' || (*at == '\'' && !separates_digits(begin, at));
    return is_literal ? skip_literal(at) : at + 1;
}

/* Return the first of the characters `ends` that is not in a literal and not inside parentheses
   opened behind `begin`, or the end of the text. */
static const char *find_outside(const char *begin, const char *ends)
{
    int depth = 0;
    for (const char *at = begin; *at; at = skip_one(begin, at)) {
        if (depth == 0 && strchr(ends, *at))
            return at;
        depth += (*at == '(') - (*at == ')');
    }
    return begin + strlen(begin);
}

size_t at_macro_text_first(const char *arguments)
{
    return (size_t) (find_outside(arguments, ",") - arguments);
}

/* Return the text behind `pattern` if `at` begins with it, else NULL. A blank in the pattern stands
   for any number of blanks, including none. */
static const char *skip_pattern(const char *at, const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == ' ')
            at += strspn(at, " ");
        else if (*at++ != *pattern)
            return NULL;
    }
    return at;
}

/* An expanded limit: where its number is, and where the text goes on. */
struct expansion {
    const char *macro;
    const char *number;
    size_t length;
    const char *end;
};

static bool find_expansion(const char *at, struct expansion *found)
{
    static const struct {
        const char *macro;
        const char *kind;
    } limits[] = {
        { "at_most", " AT_LIMIT_MOST }" },
        { "at_least", " AT_LIMIT_LEAST }" },
        { "at_exactly", " AT_LIMIT_EXACTLY }" },
    };
    found->number = *at == '{' ? skip_pattern(at, "{ .code = ( at_limit_code ) ( (") : NULL;
    if (!found->number)
        return false;
    const char *close = find_outside(found->number, ")");
    const char *kind = skip_pattern(close, ") | 0 ) * AT_LIMIT_SCALE +");
    found->length = (size_t) (close - found->number);
    for (size_t i = 0; kind && i < sizeof limits / sizeof limits[0]; i++) {
        found->macro = limits[i].macro;
        found->end = skip_pattern(kind, limits[i].kind);
        if (found->end)
            return true;
    }
    return false;
}

/* Append the limit, literal or character of `source` at `at`. Return the text behind it. */
static const char *add_one(struct at_text *text, const char *source, const char *at)
{
    struct expansion found;
    if (find_expansion(at, &found)) {
        at_text_printf(text, "%s(%.*s)", found.macro, (int) found.length, found.number);
        return found.end;
    }
    const char *next = skip_one(source, at);
    at_text_add(text, at, (size_t) (next - at));
    return next;
}

void at_macro_text_add(struct at_text *text, const char *source, size_t length)
{
    for (const char *at = source; at < source + length;)
        at = add_one(text, source, at);
}

void at_macro_text_add_budget(struct at_text *text, const char *initialisers)
{
    for (const char *at = initialisers; *at;) {
        const char *warn = *at == '.' ? skip_pattern(at, ".warn = 1") : NULL;
        if (warn && !isalnum((unsigned char) *warn)) {
            at_text_add_string(text, ".warn = true");
            at = warn;
        } else {
            at = add_one(text, initialisers, at);
        }
    }
}

/* Return whether an initialiser, ".name = ...", begins at `at`. */
static bool begins_field(const char *at, const char *name)
{
    const char *field = skip_pattern(at, " . ");
    size_t n = strlen(name);
    return field && strncmp(field, name, n) == 0 && skip_pattern(field + n, " =");
}

bool at_macro_text_sets(const char *initialisers, const char *name)
{
    const char *at = initialisers + strspn(initialisers, " (");
    while (*at) {
        if (begins_field(at, name))
            return true;
        at = find_outside(at, ",)");
        at += *at != '\0';
    }
    return false;
}
