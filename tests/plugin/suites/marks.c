/* SPDX-License-Identifier: MIT */
/* Which tests are tracked from before their body, by what the suite uses. See test_marks.py. */
#include "marks.h"

#include <dlfcn.h>

/* Return whether the size of a block from before a region is known in the region. */
static bool is_tracked(void)
{
    char *volatile before = malloc(10);
    struct at_region *region;
    cr_assert_eq((at_region_begin) (AT_PROCESS, &region), AT_OK);
    free(before);
    at_region_end(region);
    bool tracked = at_region_usage(region).unknown == 0;
    at_region_free(region);
    return tracked;
}

Test(marks, plain)
{
    const char *expected = getenv("EXPECT_TRACKED");
    cr_expect_eq(is_tracked(), expected != NULL);
}

/* Any limit is enough, also one that is always within. */
Test(marks, limited, .data = cr_alloc_budget(.allocs = at_least(0)))
{
    cr_expect(is_tracked());
}

/* Statements that need only their own region: exact, and the suite is not tracked for them. */
Test(marks, statements)
{
    char *volatile before = malloc(10);
    char *volatile inside = NULL;
    cr_assert_no_alloc(free(before));
    before = malloc(10);
    cr_assert_alloc_budget((.frees = at_exactly(1), .allocs = at_exactly(1)), {
        free(before);
        inside = malloc(20);
    });
    cr_assert_alloc_budget(
        (.reallocs = at_exactly(1), .bytes = at_exactly(30), .leaks = at_exactly(1)),
        inside = realloc(inside, 30));
    cr_assert_no_leak(free(malloc(5)));
    cr_assert_no_alloc(free(inside));
}

/* In the program, or in an object that the program loads only here. */
Test(marks, use)
{
    char *volatile before = malloc(100);
    const char *path = getenv("LOAD");
    void (*use)(char *) = use_macro;
    if (path) {
        void *object = dlopen(path, RTLD_NOW);
        cr_assert(object, "%s", dlerror());
        use = (void (*)(char *)) dlsym(object, "use_macro");
    }
    if (use)
        use(before);
}
