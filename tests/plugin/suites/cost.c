/* SPDX-License-Identifier: MIT */
/* PAIRS pairs of malloc and free of 64 bytes, to be counted in instructions: in a test without a
   limit, in a test with one, or, without the plugin, in one region of the core. The stacks are
   equally deep. See test_cost.py. */
#include <stdlib.h>

static void make_pairs(void)
{
    const char *pairs = getenv("PAIRS");
    for (long i = 0, n = pairs ? atol(pairs) : 0; i < n; i++) {
        void *volatile block = malloc(64);
        free(block);
    }
}

#if defined(REGION)

#include <alloc_tracker/alloc_tracker.h>
#include <criterion/criterion.h>

Test(cost, region)
{
    struct at_region *region;
    cr_assert_eq((at_region_begin) (AT_PROCESS, &region), AT_OK);
    make_pairs();
    at_region_free(region);
}

#elif defined(BARE)

#include <criterion/criterion.h>

Test(cost, bare)
{
    make_pairs();
}

#else

#include <alloc_tracker/criterion.h>

Test(cost, counted)
{
    make_pairs();
}

Test(cost, limited, .data = cr_alloc_budget(.allocs = at_most(1 << 30)))
{
    make_pairs();
}

#endif
