/* SPDX-License-Identifier: MIT */
/* Every status has its own text, and a number that is no status has one too. */
#include <string.h>

#include "alloc_tracker/criterion.h"

Test(status, words)
{
    for (int i = AT_OK; i <= AT_ERROR_COLLISION; i++) {
        const char *words = at_status_string((enum at_status) i);
        cr_expect_str_neq(words, "unknown status");
        for (int j = AT_OK; j < i; j++)
            cr_expect_str_neq(words, at_status_string((enum at_status) j));
    }
    cr_expect_str_eq(at_status_string((enum at_status)(AT_ERROR_COLLISION + 1)), "unknown status");
    cr_expect_str_eq(at_status_string((enum at_status) - 1), "unknown status");
}
