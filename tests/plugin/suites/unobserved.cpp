// SPDX-License-Identifier: MIT
// Runs under valgrind and with other allocators: a test passes only if it was observed.
#include <cstdlib>
#include <cstring>

#include <alloc_tracker/criterion.h>

static void *volatile sink;

static void allocate()
{
    sink = malloc(24);
    free(sink);
}

Test(unobserved, pass_nothing)
{
    cr_assert_no_alloc((void) 0);
}

/* A test without a limit is reported as unobserved too. */
Test(unobserved, pass_without_limit)
{
    allocate();
}

Test(unobserved, pass_three,
     .data = cr_alloc_budget(.allocs = at_exactly(3), .bytes = at_exactly(40)))
{
    allocate();
    sink = strdup("1234567");
    free(sink);
    int *block = new int[2];
    sink = block;
    delete[] block;
}

Test(unobserved, fail_malloc)
{
    cr_assert_no_alloc(allocate());
}

Test(unobserved, fail_new)
{
    cr_no_alloc_scope
    {
        int *block = new int(3);
        sink = block;
        delete block;
    }
}

Test(unobserved, fail_strdup, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    sink = strdup("text");
}
