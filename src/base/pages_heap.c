/* SPDX-License-Identifier: MIT */
/*
 * See pages.h, for the command: memory from malloc. The measured process takes pages from the
 * kernel, since its own code may run inside an allocation. The command only reads and writes files,
 * and makes many short strings, for which a system call each costs more than the string. Functions
 * of pages.h that are not here are not for the command.
 */
#include <stdlib.h>

#include "base/pages.h"

void *at_pages_new(size_t size)
{
    return calloc(1, size);
}

void *at_pages_reserve(size_t size)
{
    return calloc(1, size);
}

void at_pages_free(void *pages, size_t size)
{
    (void) size;
    free(pages);
}
