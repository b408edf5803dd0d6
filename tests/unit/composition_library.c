/* SPDX-License-Identifier: MIT */
/* A library that allocates, for test_composition.c. */
#include <stdlib.h>

void *library_table(size_t n);
void *library_entry(size_t n);

static void *volatile last;

void *library_table(size_t n)
{
    last = malloc(n);
    return last;
}

void *library_entry(size_t n)
{
    last = calloc(1, n);
    return last;
}
