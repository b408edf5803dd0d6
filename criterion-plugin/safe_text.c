/* SPDX-License-Identifier: MIT */
/* See safe_text.h. */
#include "safe_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

/* The length of the valid UTF-8 sequence at `at` that XML allows, 0 if there is none. */
static size_t sequence_length(const char *at)
{
    size_t n = at_utf8_length(at);
    bool not_character =
        n == 3 && (strncmp(at, "\xEF\xBF\xBE", 3) == 0 || strncmp(at, "\xEF\xBF\xBF", 3) == 0);
    return not_character ? 0 : n;
}

static const char *replacement(unsigned char byte)
{
    switch (byte) {
        case '"': return "'";
        case '\\': return "∖";
        case '<': return "‹";
        case '>': return "›";
        case '&': return "＆";
        case '\n': return NULL;
        default: return byte < ' ' || byte == 0x7F ? " " : NULL;
    }
}

char *criterion_alloc_safe_copy(const char *message)
{
    struct at_text text = { 0 };
    for (const char *at = message; *at;) {
        const char *other = replacement((unsigned char) *at);
        size_t n = sequence_length(at);
        if (other)
            at_text_add_string(&text, other);
        else if (n)
            at_text_add(&text, at, n);
        else
            at_text_add_string(&text, "\xEF\xBF\xBD");
        at += n ? n : 1;
    }
    char *safe = strdup(text.truncated ? "(no memory for the text)" : at_text_get(&text));
    at_text_free(&text);
    return safe;
}

void criterion_alloc_make_safe(const char **message)
{
    char *safe = *message ? criterion_alloc_safe_copy(*message) : NULL;
    if (!safe)
        return;
    free((void *) *message);
    *message = safe;
}
