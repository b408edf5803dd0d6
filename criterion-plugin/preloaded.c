/* SPDX-License-Identifier: MIT */
/*
 * The plugin in a suite that does not know of it: `alloc-tracker run -- ./tests` asks Criterion for
 * the output that the plugin provides, as --output=alloc:FILE would.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include <criterion/criterion.h>

#include "program/program.h"

/* What every suite's main() calls first; ours replaces the one in libcriterion. */
AT_API struct criterion_test_set *criterion_initialize(void);

struct criterion_test_set *criterion_initialize(void)
{
    struct criterion_test_set *(*next)(void) =
        (struct criterion_test_set * (*) (void) ) dlsym(RTLD_NEXT, "criterion_initialize");
    struct criterion_test_set *set = next();
    /* Of the plugin that is in front: a suite may have linked its own. */
    int (*add_output)(const char *, const char *) =
        (int (*)(const char *, const char *)) dlsym(RTLD_DEFAULT, "criterion_add_output");
    char path[PATH_MAX];
    if (add_output && at_program_suite_path(path))
        add_output("alloc", path);
    return set;
}
