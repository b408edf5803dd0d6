/* SPDX-License-Identifier: MIT */
/* See json_text.h. */
#include "base/json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void add_escaped(struct at_text *text, char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = strchr(from, c);
    if (found)
        at_text_add(text, (const char[]){ '\\', to[found - from] }, 2);
    else if ((unsigned char) c < ' ')
        at_text_printf(text, "\\u%04X", (unsigned) c);
    else
        at_text_add(text, &c, 1);
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

/* "-1,5e-07" of a locale with a decimal comma becomes -1.5e-7. */
void at_json_real(struct at_text *text, double number)
{
    static const char digits[] = "0123456789";
    char printed[48];
    snprintf(printed, sizeof printed, "%.17g", number);
    const char *at = printed;
    size_t n = strspn(at, "-0123456789");
    at_text_add(text, at, n);
    at += n;
    bool is_whole = *at == '\0';
    if (*at != '\0' && *at != 'e') {
        at += strcspn(at, digits); /* the locale's decimal point */
        n = strspn(at, digits);
        at_text_add_string(text, ".");
        at_text_add(text, at, n);
        at += n;
    }
    if (*at == 'e') {
        at_text_add_string(text, at[1] == '-' ? "e-" : "e");
        at += 2;
        at_text_add_string(text, at + strspn(at, "0"));
    }
    if (is_whole)
        at_text_add_string(text, ".0");
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

void at_json_line(struct at_text *text, int level)
{
    at_text_printf(text, "\n%*s", 2 * level, "");
}
