// SPDX-License-Identifier: MIT
/* gperftools #467: realloc of a block with an alignment loses the block's contents. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *get(int kind)
{
    void *block = NULL;
    switch (kind) {
        case 0: return memalign(64, 100);
        case 1: return posix_memalign(&block, 4096, 100) == 0 ? block : NULL;
        case 2: return aligned_alloc(32, 128);
        case 3: return valloc(100);
        default: return pvalloc(100);
    }
}

int main(void)
{
    for (int kind = 0; kind < 5; kind++) {
        char *block = get(kind);
        memset(block, '1', 100);
        block = realloc(block, 100000);
        block = reallocarray(block, 10, 10);
        for (int i = 0; i < 100; i++)
            if (block[i] != '1')
                return 1;
        free(block);
    }
    return 0;
}
