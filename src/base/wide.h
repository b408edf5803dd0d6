/* SPDX-License-Identifier: MIT */
/*
 * Unsigned integers of 768 bits: wide enough for sums of fourth powers of 64-bit numbers, and for
 * the products of those sums that a residual needs, so that statistics are exact until the last
 * division. Additions and products that do not fit wrap; the callers' bounds exclude that.
 */
#ifndef AT_BASE_WIDE_H
#define AT_BASE_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AT_WIDE_LIMBS = 12, AT_WIDE_HEX = AT_WIDE_LIMBS * 16 + 1 };

struct at_wide {
    uint64_t limb[AT_WIDE_LIMBS]; /* least significant first */
};

struct at_wide at_wide_from(uint64_t n);
struct at_wide at_wide_add(struct at_wide a, struct at_wide b);
/* Adds a * b to `sum`: some twenty times faster than at_wide_multiply() and at_wide_add(). */
void at_wide_accumulate(struct at_wide *sum, uint64_t a, uint64_t b);

struct at_wide at_wide_subtract(struct at_wide a, struct at_wide b); /* a >= b */
struct at_wide at_wide_multiply(struct at_wide a, struct at_wide b);
bool at_wide_is_zero(const struct at_wide *a);

/* Rounded to long double's precision. */
long double at_wide_value(const struct at_wide *a);

/* Hexadecimal digits without a prefix, "0" for zero, and back; false for anything else. */
void at_wide_format(const struct at_wide *a, char out[AT_WIDE_HEX]);
bool at_wide_parse(const char *text, struct at_wide *a);

#endif
