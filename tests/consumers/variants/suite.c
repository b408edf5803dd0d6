/* SPDX-License-Identifier: MIT */
/*
 * The usage must be exact and the failing line right with every compiler, linker and option.
 */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *volatile kept;

static __attribute__((noinline)) void take(size_t size)
{
    kept = malloc(size); /* HERE take */
}

static void give(void)
{
    free(kept);
}

Test(variants, counts)
{
    cr_assert_alloc_budget((.allocs = at_exactly(2), .bytes = at_exactly(31),
                            .frees = at_exactly(2), .peak = at_exactly(30), .leaks = at_exactly(0)),
                           (take(30), give(), kept = strdup(""), give()));
}

Test(variants, fails)
{
    cr_assert_no_alloc(take(10));
}

Test(variants, leaks, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    take(20);
}
