/* SPDX-License-Identifier: MIT */
/* A suite with an allocator of its own that reports its blocks, and with a budget. */
#include <alloc_tracker/criterion.h>

#include <stdlib.h>

Test(own, noted, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    void *volatile a = NULL;
    cr_assert_alloc_budget((.allocs = at_exactly(1), .bytes = at_exactly(10)), a = malloc(10));
    cr_assert_alloc_budget((.frees = at_exactly(1)), free(a));
}
