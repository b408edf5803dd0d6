/* SPDX-License-Identifier: MIT */
#include "peaks_library.h"

#include <stdlib.h>

static void *allocate(size_t size)
{
    return malloc(size);
}

void peaks_library_work(void)
{
    void *volatile block = allocate(600);
    free(block);
    block = allocate(700);
    free(block);
}
