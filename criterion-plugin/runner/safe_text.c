/* SPDX-License-Identifier: MIT */
/* See safe_text.h. */
#include "runner/safe_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

/* Return the length of the UTF-8 sequence at `at`, or 0 if it is invalid or XML rejects it. */
static size_t sequence_length(const char *at)
{
    size_t n = at_utf8_length(at);
    bool not_character =
        n == 3 && (strncmp(at, "\xEF\xBF\xBE", 3) == 0 || strncmp(at, "\xEF\xBF\xBF", 3) == 0);
    return not_character ? 0 : n;
}

static bool is_control(char character)
{
    return (unsigned char) character < ' ' && !strchr("\t\n\r", character);
}

static void escape_in_json(struct at_text *text, char character)
{
    switch (character) {
        case '"': at_text_add_string(text, "\\\""); return;
        case '\\': at_text_add_string(text, "\\\\"); return;
        case '\n': at_text_add_string(text, "\\n"); return;
        default: at_text_printf(text, "\\u00%02x", (unsigned char) character);
    }
}

/* Append a replacement for a character outside a CDATA section: Criterion puts only the first line
   of a text into one. */
static void escape_in_xml(struct at_text *text, char character)
{
    switch (character) {
        case '&': at_text_add_string(text, "&amp;"); return;
        case '<': at_text_add_string(text, "&lt;"); return;
        case '>': at_text_add_string(text, "&gt;"); return;
        default: at_text_add_string(text, " "); /* a control character has no form in XML */
    }
}

struct state {
    const struct criterion_alloc_syntax *syntax;
    struct at_text *text;
    bool has_line; /* a line of the text is complete */
};

/* Append the escape sequence for the character at `at`, and return the length of the character.
   Return 0 if the character needs no escape sequence. */
static size_t add_json(struct state *state, const char *at)
{
    bool is_line_end = *at == '\n' && !state->syntax->one_line;
    if (is_line_end || ((unsigned char) *at >= ' ' && *at != '"' && *at != '\\'))
        return 0;
    escape_in_json(state->text, *at);
    return 1;
}

static size_t add_xml(struct state *state, const char *at)
{
    bool in_section = state->syntax->escapes || !state->has_line;
    if (in_section && strncmp(at, "]]>", 3) == 0) {
        at_text_add_string(state->text, "]]]]><![CDATA[>");
        return 3;
    }
    bool is_markup = !in_section && strchr("&<>", *at);
    if (!is_markup && (state->syntax->escapes || !is_control(*at)))
        return 0;
    escape_in_xml(state->text, *at);
    return 1;
}

/* Append a replacement for the character at `at`, and return the length of the character. Return 0
   if the character needs no replacement. */
static size_t add_escaped(struct state *state, const char *at, size_t length)
{
    if (length == 0 && !state->syntax->escapes) {
        at_text_add_string(state->text, "\xEF\xBF\xBD");
        return 1;
    }
    if (state->syntax->format == CRITERION_ALLOC_XML)
        return add_xml(state, at);
    return state->syntax->escapes ? 0 : add_json(state, at);
}

char *criterion_alloc_safe_copy(const char *text, const struct criterion_alloc_syntax *syntax)
{
    struct at_text safe = { 0 };
    struct state state = { .syntax = syntax, .text = &safe };
    bool changed = false;
    size_t skipped = syntax->one_line ? 0 : strspn(text, "\n"); /* as Criterion does */
    for (const char *at = text + skipped; *at;) {
        state.has_line |= *at == '\n';
        size_t length = sequence_length(at);
        size_t escaped = add_escaped(&state, at, length);
        size_t same = length ? length : 1;
        if (!escaped)
            at_text_add(&safe, at, same);
        changed |= escaped != 0;
        at += escaped ? escaped : same;
    }
    char *copy = changed && !safe.truncated ? strdup(at_text_get(&safe)) : NULL;
    at_text_free(&safe);
    return copy;
}
