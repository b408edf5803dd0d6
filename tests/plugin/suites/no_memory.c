/* SPDX-License-Identifier: MIT */
/* A test for whose region there is no memory left: no page is to be had from the kernel. */
#include <sys/resource.h>

#include <alloc_tracker/criterion.h>

static void leave_no_page(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_AS, &limit);
}

Test(no_memory, fail_with_a_budget, .init = leave_no_page,
     .data = cr_alloc_budget(.allocs = at_most(0)))
{
}

Test(no_memory, fail_without_a_budget, .init = leave_no_page)
{
}

Test(no_memory, pass_beside_them)
{
}
