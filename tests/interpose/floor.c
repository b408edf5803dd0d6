/* SPDX-License-Identifier: MIT */
/* Makes N pairs of malloc and free of 64 bytes: floor N. The test counts the instructions. */
#include <stdlib.h>

int main(int argc, char **argv)
{
    long n = argc > 1 ? atol(argv[1]) : 0;
    for (long i = 0; i < n; i++) {
        void *volatile block = malloc(64);
        free(block);
    }
}
