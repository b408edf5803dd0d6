/* SPDX-License-Identifier: MIT */
/* The shared library that lines.c calls. */
#include "lines_shared.h"

#include <stdlib.h>

static volatile size_t calls;

void *lines_shared_alloc(size_t size)
{
    void *block = malloc(size); /* HERE shared_library */
    calls++;
    return block;
}
