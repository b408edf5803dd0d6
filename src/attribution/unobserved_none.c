/* SPDX-License-Identifier: MIT */
/* See unobserved.h: no object can be opened so here. */
#include "attribution/unobserved.h"

int at_unobserved_expected;

void at_unobserved_expect(void)
{
}

void at_unobserved_forget(void)
{
}

const char *at_unobserved_look(void)
{
    return NULL;
}
