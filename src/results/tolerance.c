/* SPDX-License-Identifier: MIT */
/* See tolerance.h. */
#include "results/tolerance.h"

#include <string.h>

const char *const at_gate_names[AT_GATES] = { "allocs", "bytes", "peak", "leaks" };
const enum at_figure at_gate_figures[AT_GATES] = { AT_FIGURE_ALLOCS, AT_FIGURE_BYTES,
                                                   AT_FIGURE_PEAK, AT_FIGURE_LEAKS };

enum { PERCENT = 100, MAX_AMOUNT_DIGITS = 15 };

/* Digits into a number; how many there were. */
static int parse_digits(const char **string, int64_t *number)
{
    int digits = 0;
    for (; **string >= '0' && **string <= '9' && digits <= MAX_AMOUNT_DIGITS; (*string)++, digits++)
        *number = *number * 10 + (**string - '0');
    return digits;
}

bool at_tolerance_parse(const char *string, struct at_tolerance *tolerance)
{
    struct at_tolerance parsed = { 0 };
    if (*string++ != '+')
        return false;
    int digits = parse_digits(&string, &parsed.amount);
    if (digits == 0 || digits > MAX_AMOUNT_DIGITS)
        return false;
    int places = 0;
    if (*string == '.') {
        string++;
        places = parse_digits(&string, &parsed.amount);
        if (places < 1 || places > 2 || *string != '%')
            return false;
    }
    if (*string == '%') {
        string++;
        parsed.percent = true;
        for (; places < 2; places++)
            parsed.amount *= 10;
    }
    if (*string)
        return false;
    *tolerance = parsed;
    return true;
}

bool at_tolerance_parse_named(const char *string, struct at_tolerance tolerances[AT_GATES])
{
    for (size_t i = 0; i < AT_GATES; i++) {
        size_t n = strlen(at_gate_names[i]);
        if (strncmp(string, at_gate_names[i], n) == 0 && string[n] == '+')
            return at_tolerance_parse(string + n, &tolerances[i]);
    }
    return false;
}

void at_tolerance_describe(struct at_text *text, const struct at_tolerance *tolerance)
{
    if (!tolerance->percent) {
        at_text_printf(text, "+%lld", (long long) tolerance->amount);
        return;
    }
    long long whole = tolerance->amount / PERCENT, part = tolerance->amount % PERCENT;
    if (part == 0)
        at_text_printf(text, "+%lld%%", whole);
    else if (part % 10 == 0)
        at_text_printf(text, "+%lld.%lld%%", whole, part / 10);
    else
        at_text_printf(text, "+%lld.%02lld%%", whole, part);
}

int64_t at_tolerance_limit(int64_t figure, const struct at_tolerance *tolerance)
{
    __extension__ typedef __int128 wide;
    wide more = tolerance->percent ? (wide) figure * tolerance->amount / ((wide) PERCENT * PERCENT)
                                   : (wide) tolerance->amount;
    wide limit = (wide) figure + more;
    return limit > INT64_MAX ? INT64_MAX : (int64_t) limit;
}
