/* SPDX-License-Identifier: MIT */
/* A suite whose allocations depend on macros; see test_life.py. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static char *slots[8];

#ifdef MOVED
/* Lines above the allocating function.



*/
#endif
static void fill(size_t n)
{
    for (size_t i = 0; i < n; i++)
        slots[i] = malloc(100); /* HERE slot */
}

static void empty(void)
{
    for (size_t i = 0; i < 8; i++) {
        free(slots[i]);
        slots[i] = NULL;
    }
}

#ifdef WORSE
static void label(void)
{
    slots[7] = strdup("label"); /* HERE label */
}
#endif

#ifdef RENAMED
Test(slots, filled)
#else
Test(slots, fill)
#endif
{
#ifdef BETTER
    fill(2);
#else
    fill(4);
#endif
#ifdef WORSE
    label();
#endif
    empty();
}

Test(slots, untouched)
{
    empty();
}

Test(other, one)
{
    free(calloc(3, 5));
}

ParameterizedTestParameters(other, sizes)
{
    static size_t sizes[] = { 1, 20, 300 };
    return cr_make_param_array(size_t, sizes, 3);
}

ParameterizedTest(size_t *size, other, sizes)
{
    free(malloc(*size));
}

#ifdef CRASHING
Test(other, last)
{
    free(malloc(1));
    abort();
}
#else
Test(other, last)
{
}
#endif
