/* SPDX-License-Identifier: MIT */
/* See wide.h. */
#include "base/wide.h"

#include <stdio.h>
#include <string.h>

struct at_wide at_wide_from(uint64_t n)
{
    return (struct at_wide){ .limb = { n } };
}

struct at_wide at_wide_add(struct at_wide a, struct at_wide b)
{
    unsigned carry = 0;
    for (size_t i = 0; i < AT_WIDE_LIMBS; i++) {
        uint64_t sum;
        unsigned over = __builtin_add_overflow(a.limb[i], b.limb[i], &sum);
        over += __builtin_add_overflow(sum, carry, &a.limb[i]);
        carry = over;
    }
    return a;
}

struct at_wide at_wide_subtract(struct at_wide a, struct at_wide b)
{
    unsigned borrow = 0;
    for (size_t i = 0; i < AT_WIDE_LIMBS; i++) {
        uint64_t difference;
        unsigned under = __builtin_sub_overflow(a.limb[i], b.limb[i], &difference);
        under += __builtin_sub_overflow(difference, borrow, &a.limb[i]);
        borrow = under;
    }
    return a;
}

/* Schoolbook multiplication by one limb of `a` at a time. Parts beyond the width are dropped. */
struct at_wide at_wide_multiply(struct at_wide a, struct at_wide b)
{
    struct at_wide product = { { 0 } };
    for (size_t i = 0; i < AT_WIDE_LIMBS; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; a.limb[i] && i + j < AT_WIDE_LIMBS; j++)
            product.limb[i + j] =
                at_wide_multiply_limbs(a.limb[i], b.limb[j], product.limb[i + j], carry, &carry);
    }
    return product;
}

bool at_wide_is_zero(const struct at_wide *a)
{
    for (size_t i = 0; i < AT_WIDE_LIMBS; i++)
        if (a->limb[i])
            return false;
    return true;
}

long double at_wide_value(const struct at_wide *a)
{
    long double value = 0;
    for (size_t i = AT_WIDE_LIMBS; i-- > 0;)
        value = value * 0x1p64L + (long double) a->limb[i];
    return value;
}

void at_wide_format(const struct at_wide *a, char out[AT_WIDE_HEX])
{
    char digits[AT_WIDE_HEX];
    for (size_t i = 0; i < AT_WIDE_LIMBS; i++)
        snprintf(digits + 16 * i, 17, "%016llx",
                 (unsigned long long) a->limb[AT_WIDE_LIMBS - 1 - i]);
    const char *first = digits + strspn(digits, "0");
    memcpy(out, *first ? first : "0", *first ? strlen(first) + 1 : 2);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool at_wide_parse(const char *text, struct at_wide *a)
{
    size_t n = strlen(text);
    if (n == 0 || n >= AT_WIDE_HEX)
        return false;
    struct at_wide parsed = { { 0 } };
    for (size_t i = 0; i < n; i++) {
        int digit = digit_value(text[n - 1 - i]);
        if (digit < 0)
            return false;
        parsed.limb[i / 16] |= (uint64_t) digit << (i % 16 * 4);
    }
    *a = parsed;
    return true;
}
