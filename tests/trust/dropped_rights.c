/* SPDX-License-Identifier: MIT */
/* See test_changed.py: a suite whose main() gives up its rights before it runs the tests. */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static void *volatile kept;

Test(dropped, statement)
{
    cr_expect_no_alloc(kept = malloc(77));
}

Test(dropped, budget, .data = cr_alloc_budget(.bytes = at_most(76)))
{
    cr_assert_eq(getuid(), 65534);
    kept = malloc(77);
}

int main(int argc, char **argv)
{
    struct criterion_test_set *tests = criterion_initialize();
    int result = 0;
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 3;
    if (criterion_handle_args(argc, argv, true))
        result = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return result;
}
