/* SPDX-License-Identifier: MIT */
/* Overloads with internal linkage: the debug information has one name for all of them. */
#include <alloc_tracker/criterion.h>
#include <cstdlib>

static void *block;

static void give(void)
{
    free(block);
}

static void take(int depth)
{
    if (depth > 0)
        take(depth - 1);
    else
        block = malloc(100);
}

static void take(const char *text)
{
    take(text[0] == 'a' ? 2 : 1);
}

/* The recursion of the one overload is folded. The other overload is no part of the recursion. */
Test(overloads, nested, .fini = give, .data = cr_alloc_budget(.peak = at_most(10)))
{
    take("a");
}
