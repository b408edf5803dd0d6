// SPDX-License-Identifier: MIT
#include <stdlib.h>

int main(void)
{
    unsigned char *block = malloc(1999993);
    for (int i = 0; i < 1999993; i++)
        if (block[i] != 0xff)
            return 1;
    block = realloc(block, 3000000);
    if (!block || block[1999992] != 0xff)
        return 2;
    free(block);
    return 0;
}
