/* SPDX-License-Identifier: MIT */
/* The kernel refuses all memory. The region of the body has memory from before the fixture. A test
   whose fixture uses up this memory cannot be measured. */
#include <sys/resource.h>

#include <alloc_tracker/criterion.h>

static void leave_no_page(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_AS, &limit);
}

static void leave_no_region(void)
{
    struct at_region *region;
    leave_no_page();
    while ((at_region_begin) (AT_PROCESS, &region) == AT_OK) /* leaves no mark */
        continue;
}

Test(no_memory, fail_with_a_budget, .init = leave_no_region,
     .data = cr_alloc_budget(.allocs = at_most(0)))
{
}

/* Without a budget only counters are needed. */
Test(no_memory, pass_that_only_counts, .init = leave_no_region)
{
}

Test(no_memory, pass_with_a_budget, .init = leave_no_page,
     .data = cr_alloc_budget(.allocs = at_most(0)))
{
}

Test(no_memory, pass_without_a_budget, .init = leave_no_page)
{
}

Test(no_memory, pass_beside_them)
{
}
