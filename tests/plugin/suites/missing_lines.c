/* SPDX-License-Identifier: MIT */
/* One allocation in an inlined function: see tests/plugin/test_missing_lines.py. */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>

static void *volatile keep;

static inline __attribute__((always_inline)) void inner(size_t n)
{
    keep = malloc(n);
}

static __attribute__((noinline)) void middle(void)
{
    inner(13);
    __asm__ volatile("");
}

Test(dbg, one)
{
    cr_assert_no_alloc(middle());
}
