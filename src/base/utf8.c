/* SPDX-License-Identifier: MIT */
/* See utf8.h. */
#include "base/utf8.h"

size_t at_utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *) text;
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
    return overlong || surrogate || beyond ? 0 : n;
}

bool at_utf8_is_valid(const char *string)
{
    size_t n = 1;
    for (; n && *string; string += n)
        n = at_utf8_length(string);
    return n > 0;
}
