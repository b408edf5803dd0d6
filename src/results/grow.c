/* SPDX-License-Identifier: MIT */
/* See grow.h. */
#include "results/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ITEMS = 16 };

void at_grow_failed(void)
{
    fprintf(stderr, "alloc-tracker: out of memory; nothing was written\n");
    exit(2);
}

void *at_grow(void *array, size_t n, size_t *capacity, size_t item_size)
{
    if (n >= *capacity) {
        size_t more = *capacity ? *capacity * 2 : FIRST_ITEMS;
        array = reallocarray(array, more, item_size);
        if (!array)
            at_grow_failed();
        *capacity = more;
    }
    memset((char *) array + n * item_size, 0, item_size);
    return array;
}
