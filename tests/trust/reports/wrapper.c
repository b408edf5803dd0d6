// SPDX-License-Identifier: MIT
/* async-profiler #1269: a preloaded malloc that calls calloc, and no other function of the family.
 */
#include <stdlib.h>
#include <string.h>

void *malloc(size_t size)
{
    void *block = calloc(1, size);
    if (block)
        memset(block, 0xff, size);
    return block;
}
