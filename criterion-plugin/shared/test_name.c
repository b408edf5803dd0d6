/* SPDX-License-Identifier: MIT */
/* See test_name.h. */
#include "shared/test_name.h"

#include <stdio.h>

#include "symbols/symbolize.h"

/* Test(ring, push_pop) is ring_push_pop_impl(); the function of a theory ends with _theory. */
void criterion_alloc_test_name_set(const char *suite, const char *name)
{
    static const char *const endings[AT_ALIASES] = { "impl", "theory" };
    char function[512];
    for (size_t i = 0; i < AT_ALIASES; i++) {
        snprintf(function, sizeof function, "%s_%s_%s", suite, name, endings[i]);
        at_symbolize_rename(i, function, name);
    }
}
