/* SPDX-License-Identifier: MIT */
/*
 * The modules of Criterion. Allocations of Criterion are not counted for the test. So this file
 * adds the names of Criterion's modules to the list of the core.
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
