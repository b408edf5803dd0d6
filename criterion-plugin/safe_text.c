/* SPDX-License-Identifier: MIT */
/* See safe_text.h. */
#include "safe_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The length of the valid UTF-8 sequence at `at` that XML allows, 0 if there is none. RFC 3629. */
static size_t sequence_length(const unsigned char *at)
{
    if (at[0] < 0x80)
        return 1;
    size_t n = at[0] >= 0xF0 && at[0] <= 0xF4   ? 4
               : at[0] >= 0xE0 && at[0] <= 0xEF ? 3
               : at[0] >= 0xC2 && at[0] <= 0xDF ? 2
                                                : 0;
    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xED && at[1] >= 0xA0;
    bool beyond = at[0] == 0xF4 && at[1] >= 0x90;
    bool not_character = at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE;
    return overlong || surrogate || beyond || not_character ? 0 : n;
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
    const unsigned char *at = (const unsigned char *) message;
    while (*at) {
        const char *other = replacement(*at);
        size_t n = sequence_length(at);
        if (other)
            at_text_add_string(&text, other);
        else if (n)
            at_text_add(&text, (const char *) at, n);
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
