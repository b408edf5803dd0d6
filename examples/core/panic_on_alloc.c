/* SPDX-License-Identifier: MIT */
/* Find an unexpected allocation: the program stops at the call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/alloc_tracker.h>

static char *copy;

static size_t looks_harmless(const char *text)
{
    copy = strdup(text);
    return strlen(copy);
}

int main(void)
{
    at_panic_on_next_alloc(true);
    size_t n = strlen("this does not allocate");
    n += looks_harmless("but this does");
    at_panic_on_next_alloc(false);
    printf("%zu: not reached\n", n);
    return 0;
}
