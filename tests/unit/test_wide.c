/* SPDX-License-Identifier: MIT */
/* base/wide.h: sums of two limbs are equal to sums of all limbs. */
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "base/wide.h"

static struct at_wide from_two(uint64_t high, uint64_t low)
{
    struct at_wide wide = { .limb = { low, high } };
    return wide;
}

Test(wide, sums_of_pairs_equal_sums_of_wides)
{
    uint64_t a = 0x9E3779B97F4A7C15u, b = UINT64_MAX;
    struct at_wide by_pairs = { 0 }, general = { 0 };
    for (int i = 0; i < 2000; i++) {
        struct at_pair pair = { 0 };
        at_pair_accumulate(&pair, a, b);
        at_pair_accumulate(&pair, b >> 20, a >> 20);
        unsigned __int128 sum = (unsigned __int128) a * b;
        sum += (unsigned __int128) (b >> 20) * (a >> 20);
        cr_assert_eq(pair.high, (uint64_t) (sum >> 64));
        cr_assert_eq(pair.low, (uint64_t) sum);
        at_wide_add_pair(&by_pairs, pair);
        general = at_wide_add(general, from_two(pair.high, pair.low));
        cr_assert(memcmp(&by_pairs, &general, sizeof general) == 0, "after %d additions", i + 1);
        a = a * 6364136223846793005u + 1;
        b = i % 3 ? ~a : 0xF000000000000000u;
    }
    cr_assert(general.limb[2] > 300, "sums have gone beyond two limbs");
}
