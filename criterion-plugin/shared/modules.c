/* SPDX-License-Identifier: MIT */
/*
 * The modules that Criterion consists of. What Criterion allocates is not counted for the test, so
 * this file adds the names of its modules to those that the core knows.
 */
#include "attribution/module.h"

/* Debian's Criterion 2.4 depends on the neutral modules, and a test may use them too. */
static const struct at_module_name names[] = {
    { "libcriterion.", AT_OWNER_FRAMEWORK }, { "libboxfort.", AT_OWNER_FRAMEWORK },
    { "libffi.", AT_OWNER_NEUTRAL },         { "libnanomsg.", AT_OWNER_NEUTRAL },
    { "libanl.", AT_OWNER_NEUTRAL },
};

static __attribute__((constructor)) void add_names(void)
{
    static struct at_module_names list = {
        .names = names,
        .n_names = sizeof names / sizeof names[0],
    };
    at_module_add_names(&list);
}
