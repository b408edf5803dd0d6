/* SPDX-License-Identifier: MIT */
/* base/wide.h: the fast addition is the general one. */
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "base/wide.h"

static struct at_wide from_two(uint64_t high, uint64_t low)
{
    struct at_wide wide = { .limb = { low, high } };
    return wide;
}

Test(wide, accumulate_is_add)
{
    uint64_t a = 0x9E3779B97F4A7C15u, b = UINT64_MAX;
    struct at_wide fast = { 0 }, general = { 0 };
    for (int i = 0; i < 2000; i++) {
        unsigned __int128 product = (unsigned __int128) a * b;
        at_wide_accumulate(&fast, a, b);
        general = at_wide_add(general, from_two((uint64_t) (product >> 64), (uint64_t) product));
        cr_assert(memcmp(&fast, &general, sizeof fast) == 0, "after %d additions", i + 1);
        a = a * 6364136223846793005u + 1;
        b = i % 3 ? ~a : UINT64_MAX;
    }
    cr_assert(general.limb[2] > 400, "sums have gone beyond two limbs");
}
