/* SPDX-License-Identifier: MIT */
/* A suite to try the CI configuration files in this directory; see docs/ci.md. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *name)
{
    return strdup(name);
}

Test(names, copied)
{
    char *name = copy("left channel");
    cr_assert_str_eq(name, "left channel");
    free(name);
}

Test(names, compared)
{
    cr_assert_str_eq("left", "left");
}
