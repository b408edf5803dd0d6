/* SPDX-License-Identifier: MIT */
/* See tolerance.h. */
#include "results/tolerance.h"

#include <string.h>

const enum at_metric at_baseline_metrics[AT_BASELINE_METRICS] = {
    [AT_BASELINE_ALLOCS] = AT_METRIC_ALLOCS,
    [AT_BASELINE_BYTES] = AT_METRIC_BYTES,
    [AT_BASELINE_PEAK] = AT_METRIC_PEAK,
    [AT_BASELINE_LEAKS] = AT_METRIC_LEAKS,
};

const char *at_baseline_metric_name(size_t metric)
{
    return at_metric_names[at_baseline_metrics[metric]];
}

enum { PERCENT = 100, MAX_AMOUNT_DIGITS = 15 };

/* Move `*string` past its digits and append them to `*number`. Return how many there were. */
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
    int decimals = 0;
    if (*string == '.') {
        string++;
        decimals = parse_digits(&string, &parsed.amount);
        if (decimals < 1 || decimals > 2 || *string != '%')
            return false;
    }
    if (*string == '%') {
        string++;
        parsed.percent = true;
        for (; decimals < 2; decimals++)
            parsed.amount *= 10;
    }
    if (*string)
        return false;
    *tolerance = parsed;
    return true;
}

bool at_tolerance_parse_named(const char *string,
                              struct at_tolerance tolerances[AT_BASELINE_METRICS])
{
    size_t n = strcspn(string, "+");
    for (size_t i = 0; i < AT_BASELINE_METRICS; i++) {
        const char *name = at_baseline_metric_name(i);
        if (strlen(name) == n && strncmp(string, name, n) == 0)
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

int64_t at_tolerance_limit(int64_t value, const struct at_tolerance *tolerance)
{
    __extension__ typedef __int128 wide;
    wide more = tolerance->percent ? (wide) value * tolerance->amount / ((wide) PERCENT * PERCENT)
                                   : (wide) tolerance->amount;
    wide limit = (wide) value + more;
    return limit > INT64_MAX ? INT64_MAX : (int64_t) limit;
}
