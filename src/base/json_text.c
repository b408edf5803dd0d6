/* SPDX-License-Identifier: MIT */
/* See json_text.h. */
#include "base/json_text.h"

#include "base/utf8.h"

static void add_escaped(struct at_text *text, char c)
{
    switch (c) {
        case '"': at_text_add_string(text, "\\\""); break;
        case '\\': at_text_add_string(text, "\\\\"); break;
        case '\n': at_text_add_string(text, "\\n"); break;
        case '\t': at_text_add_string(text, "\\t"); break;
        default:
            if ((unsigned char) c < ' ' || c == 0x7F)
                at_text_printf(text, "\\u%04x", (unsigned) c);
            else
                at_text_add(text, &c, 1);
    }
}

void at_json_escape(struct at_text *text, const char *string)
{
    while (*string) {
        size_t n = at_utf8_length(string);
        if (n == 0)
            at_text_add_string(text, "\xEF\xBF\xBD");
        else if (n == 1)
            add_escaped(text, *string);
        else
            at_text_add(text, string, n);
        string += n ? n : 1;
    }
}

void at_json_string(struct at_text *text, const char *string)
{
    at_text_add_string(text, "\"");
    at_json_escape(text, string);
    at_text_add_string(text, "\"");
}

void at_json_separate(struct at_text *text)
{
    char last = text->length ? text->data[text->length - 1] : '{';
    if (last != '{' && last != '[')
        at_text_add_string(text, ",");
}

void at_json_name(struct at_text *text, const char *name)
{
    at_json_separate(text);
    at_json_string(text, name);
    at_text_add_string(text, ":");
}

void at_json_member(struct at_text *text, const char *name, const char *string)
{
    at_json_name(text, name);
    at_json_string(text, string);
}

void at_json_integer(struct at_text *text, const char *name, int64_t n)
{
    at_json_name(text, name);
    if (n < 0)
        at_text_add(text, "-", 1);
    at_text_add_digits(text, n < 0 ? 0 - (uint64_t) n : (uint64_t) n);
}

void at_json_count(struct at_text *text, const char *name, uint64_t n)
{
    at_json_name(text, name);
    at_text_add_digits(text, n);
}
