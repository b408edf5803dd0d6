/* SPDX-License-Identifier: MIT */
/* A program without the library, and with mocks as in mocked_suite.c; for `alloc-tracker run`. */
#include <fcntl.h>
#include <stdlib.h>

#include "mocks.h"

static void *volatile keep;

int main(void)
{
    mocks_tested_code_calls = true;
    int fd = open("/dev/thing", O_RDWR);
    mocks_tested_code_calls = false;
    if (fd >= 0)
        return 1;
    keep = malloc(10);
    keep = ((char *(*) (const char *) ) mocks_real("strdup"))("kept");
    return 0;
}
