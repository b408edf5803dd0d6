/* SPDX-License-Identifier: MIT */
/* A suite whose program has an allocator of its own. */
#include <criterion/criterion.h>

#include <stdlib.h>

extern int own_calls;

Test(own, two)
{
    int before = own_calls;
    void *volatile a = malloc(10);
    void *volatile b = malloc(20);
    cr_assert(a != b);
    free(a);
    free(b);
    cr_assert(own_calls - before >= 4);
}
