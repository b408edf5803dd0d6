/* SPDX-License-Identifier: MIT */
/*
 * Defects that a sanitizer reports with the stacks of an allocation and of its release:
 * frames FUNCTION DEFECT. user_outer() calls user_make(), which allocates; user_drop() releases.
 */
#include <malloc.h>
#include <new>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define AFTER_CALL() __asm__ volatile("" ::: "memory") /* no tail call */

static char *volatile block;
static const char *function;

static bool is(const char *name)
{
    return strcmp(function, name) == 0;
}

static NOINLINE void *user_make(size_t size)
{
    void *made = NULL;
    if (is("malloc"))
        made = malloc(size);
    else if (is("calloc"))
        made = calloc(1, size);
    else if (is("realloc"))
        made = realloc(malloc(1), size);
    else if (is("reallocarray"))
        made = reallocarray(NULL, 1, size);
    else if (is("aligned_alloc"))
        made = aligned_alloc(32, size);
    else if (is("memalign"))
        made = memalign(32, size);
    else if (is("posix_memalign"))
        made = posix_memalign(&made, 32, size) ? NULL : made;
    else if (is("valloc"))
        made = valloc(size);
    else if (is("pvalloc"))
        made = pvalloc(size);
    else if (is("strdup"))
        made = strdup("a string of 31 bytes with its 0");
    else if (is("new"))
        made = operator new(size);
    else if (is("new[]"))
        made = operator new[](size);
    else if (is("nothrow"))
        made = operator new(size, std::nothrow);
    AFTER_CALL();
    return made;
}

static NOINLINE void user_drop(void *made)
{
    if (is("new") || is("nothrow"))
        operator delete(made);
    else if (is("new[]"))
        operator delete[](made);
    else if (is("realloc"))
        made = realloc(made, 4096);
    else
        free(made);
    AFTER_CALL();
}

static NOINLINE void user_outer(const char *defect)
{
    block = (char *) user_make(96);
    if (strcmp(defect, "use_after_free") == 0)
        user_drop(block);
    if (strcmp(defect, "leak") == 0)
        block = NULL;
    else if (strcmp(defect, "twice") == 0)
        user_drop(block), user_drop(block);
    else if (block[5] == 'x')
        puts("x");
    AFTER_CALL();
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    function = argv[1];
    /* The stack may still contain pointers to the last blocks. */
    bool leaks = strcmp(argv[2], "leak") == 0;
    for (int i = 0; i < (leaks ? 20 : 1); i++)
        user_outer(argv[2]);
    return 0;
}
