// SPDX-License-Identifier: MIT
/* lockfree-malloc #1: libc allocates under its own lock when it registers the 33rd function of
 * atexit. */
#include <stdio.h>
#include <stdlib.h>

static int left = 200;

static void count(void)
{
    if (--left == 0)
        puts("all 200");
}

__attribute__((constructor)) static void begin(void)
{
    for (int i = 0; i < 100; i++)
        atexit(count);
}

int main(void)
{
    for (int i = 0; i < 100; i++)
        atexit(count);
    return 0;
}
