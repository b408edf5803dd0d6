/* SPDX-License-Identifier: MIT */
/* The numbers of json_scan.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

enum { SAFE_DIGITS = 18 }; /* so many never exceed 64 bits */

/* Return whether a number can end before the byte `c`. */
static bool ends_number(int c)
{
    return c == AT_SCAN_END || c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n'
           || c == '\r' || c == '\t';
}

bool at_scan_integer(struct at_scan *scan, int64_t least, int64_t *number)
{
    int c = at_scan_next(scan);
    bool negative = c == '-';
    if (negative) {
        scan->at++;
        c = at_scan_peek(scan);
    }
    if (c < '0' || c > '9')
        return at_scan_unexpected(scan, c, "a whole number");
    bool zero = c == '0';
    int64_t value = 0;
    int digits = 0;
    for (; (c = at_scan_peek(scan)) >= '0' && c <= '9'; digits++, scan->at++) {
        int digit = negative ? '0' - c : c - '0';
        if (digits < SAFE_DIGITS)
            value = value * 10 + digit;
        else if (__builtin_mul_overflow(value, 10, &value)
                 || __builtin_add_overflow(value, digit, &value))
            return at_scan_fail(scan, "a number beyond 64 bits");
    }
    if (zero && digits > 1)
        return at_scan_fail(scan, "a number must not begin with 0");
    if (!ends_number(c))
        return at_scan_unexpected(scan, c, "a whole number");
    if (value < least || (negative && least >= 0))
        return at_scan_fail(scan, "the number is too small: expected at least %lld",
                            (long long) least);
    *number = value;
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void take_byte(struct at_scan *scan)
{
    char c = (char) at_scan_take(scan);
    at_text_add(&scan->string, &c, 1);
}

/* Append digits, at least one, to the string. */
static bool take_digits(struct at_scan *scan)
{
    int c = at_scan_peek(scan);
    if (!is_digit(c))
        return at_scan_unexpected(scan, c, "a digit");
    while (is_digit(at_scan_peek(scan)))
        take_byte(scan);
    return scan->string.length <= AT_SCAN_MAX_STRING
           || at_scan_fail(scan, "a number longer than 1 MiB");
}

static bool take_integer_part(struct at_scan *scan)
{
    int c = at_scan_next(scan);
    if (c != '-' && !is_digit(c))
        return at_scan_unexpected(scan, c, "a number");
    if (c == '-')
        take_byte(scan);
    if (at_scan_peek(scan) != '0')
        return take_digits(scan);
    take_byte(scan);
    return !is_digit(at_scan_peek(scan)) || at_scan_fail(scan, "a number must not begin with 0");
}

/* Append the decimal point of the current locale, because strtod() requires that one. */
static void add_decimal_point(struct at_text *text)
{
    char half[16]; /* 0.5 */
    int n = snprintf(half, sizeof half, "%.1f", 0.5);
    at_text_add(text, half + 1, (size_t) n - 2);
}

static bool take_fraction_and_exponent(struct at_scan *scan)
{
    if (at_scan_peek(scan) == '.') {
        scan->at++;
        add_decimal_point(&scan->string);
        if (!take_digits(scan))
            return false;
    }
    int c = at_scan_peek(scan);
    if (c != 'e' && c != 'E')
        return true;
    take_byte(scan);
    c = at_scan_peek(scan);
    if (c == '+' || c == '-')
        take_byte(scan);
    return take_digits(scan);
}

bool at_scan_real(struct at_scan *scan, double *number)
{
    scan->string.length = 0;
    if (!take_integer_part(scan) || !take_fraction_and_exponent(scan))
        return false;
    int c = at_scan_peek(scan);
    if (!ends_number(c))
        return at_scan_unexpected(scan, c, "the end of a number");
    if (scan->string.truncated) {
        scan->error_number = ENOMEM;
        return at_scan_fail(scan, "out of memory");
    }
    double value = strtod(at_text_get(&scan->string), NULL);
    if (isinf(value))
        return at_scan_fail(scan, "a number beyond the range of a double");
    *number = value;
    return true;
}
