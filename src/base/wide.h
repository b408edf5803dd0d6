/* SPDX-License-Identifier: MIT */
/*
 * Unsigned integers of 768 bits, so that statistics are exact up to the last division. They have
 * room for sums of fourth powers of 64-bit numbers, and for the products of these sums that a
 * residual needs. Additions and products that do not fit wrap; the ranges of the callers exclude
 * that.
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

/* Conversion from 64 bits, and arithmetic. */
struct at_wide at_wide_from(uint64_t n);
struct at_wide at_wide_add(struct at_wide a, struct at_wide b);

#ifdef __SIZEOF_INT128__

/* Return the low limb of a * b + c + d and set `*high` to the high one. Two limbs are enough. */
static inline uint64_t at_wide_multiply_limbs(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                              uint64_t *high)
{
    __extension__ unsigned __int128 sum = (unsigned __int128) a * b + c + d;
    *high = (uint64_t) (sum >> 64);
    return (uint64_t) sum;
}

#else

/* The same with halves of limbs: a 32-bit machine has no integers of 128 bits. */
static inline uint64_t at_wide_multiply_limbs(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                              uint64_t *high)
{
    const uint64_t half = UINT32_MAX;
    uint64_t low = (a & half) * (b & half) + (c & half) + (d & half);
    uint64_t left = (a >> 32) * (b & half) + (c >> 32) + (low >> 32);
    uint64_t right = (a & half) * (b >> 32) + (d >> 32) + (left & half);
    *high = (a >> 32) * (b >> 32) + (left >> 32) + (right >> 32);
    return right << 32 | (low & half);
}

#endif

/* Two limbs, for sums with a known range. */
struct at_pair {
    uint64_t low;
    uint64_t high;
};

/* Add a * b to `*sum`. */
static inline void at_pair_accumulate(struct at_pair *sum, uint64_t a, uint64_t b)
{
    uint64_t high;
    sum->low = at_wide_multiply_limbs(a, b, sum->low, 0, &high);
    sum->high += high;
}

/* Add `pair` to `*sum`. */
static inline void at_wide_add_pair(struct at_wide *sum, struct at_pair pair)
{
    uint64_t low = __builtin_add_overflow(sum->limb[0], pair.low, &sum->limb[0]);
    uint64_t carry = __builtin_add_overflow(sum->limb[1], pair.high, &sum->limb[1]);
    carry += __builtin_add_overflow(sum->limb[1], low, &sum->limb[1]);
    for (size_t i = 2; carry && i < AT_WIDE_LIMBS; i++)
        carry = __builtin_add_overflow(sum->limb[i], carry, &sum->limb[i]);
}

struct at_wide at_wide_subtract(struct at_wide a, struct at_wide b); /* a >= b */
struct at_wide at_wide_multiply(struct at_wide a, struct at_wide b);
bool at_wide_is_zero(const struct at_wide *a);

/* Return the value, rounded to the precision of long double. */
long double at_wide_value(const struct at_wide *a);

/* Write the value in hexadecimal digits without a prefix, "0" for zero. */
void at_wide_format(const struct at_wide *a, char out[AT_WIDE_HEX]);

/* Read such digits. Return false for any other text, with `*a` unchanged. */
bool at_wide_parse(const char *text, struct at_wide *a);

#endif
