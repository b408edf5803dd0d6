/* SPDX-License-Identifier: MIT */
/* See unobserved.h. For systems without RTLD_DEEPBIND and dlmopen(), and for static programs. */
#include "attribution/unobserved.h"

int at_unobserved_expected;

void at_unobserved_expect(void)
{
}

void at_unobserved_forget(void)
{
}

const char *at_unobserved_search(void)
{
    return NULL;
}
