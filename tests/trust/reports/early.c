// SPDX-License-Identifier: MIT
/* liballocs #100: an allocator finds no environment, because its first call comes before libc has
 * one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static const char *option = "no call";

void *malloc(size_t size)
{
    static void *(*next)(size_t);
    if (!next) {
        next = (void *(*) (size_t)) dlsym(RTLD_NEXT, "malloc");
        option = getenv("FIELD_REPORTS");
    }
    return next(size);
}

__attribute__((destructor)) static void end(void)
{
    printf("%s\n", option ? option : "no option");
}
