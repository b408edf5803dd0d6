/* SPDX-License-Identifier: MIT */
/* Functions that call themselves, directly or through other functions, to various depths. */
#include <alloc_tracker/criterion.h>
#include <stdlib.h>

static void *kept[64];
static size_t n_kept;

static void take(size_t size)
{
    kept[n_kept++] = malloc(size);
}

static void give(void)
{
    while (n_kept > 0)
        free(kept[--n_kept]);
}

/* Each node of a tree takes 10 bytes. The two calls are in different lines. */
static void walk(int depth)
{
    if (depth > 0) {
        walk(depth - 1);
        walk(depth - 1);
    }
    take(10);
}

static void expression(int depth);

static void factor(int depth)
{
    if (depth > 0)
        expression(depth - 1);
    else
        take(100);
}

static void term(int depth)
{
    factor(depth);
}

static void expression(int depth)
{
    term(depth);
}

/* One call site: 31 blocks of 10 bytes. */
Test(recursion, tree, .fini = give, .data = cr_alloc_budget(.peak = at_most(300)))
{
    walk(4);
}

/* Each function of the cycle once. */
Test(recursion, parser, .fini = give, .data = cr_alloc_budget(.peak = at_most(300)))
{
    for (int depth = 0; depth < 5; depth++)
        expression(depth);
}

/* The stack is deeper than the library records. */
Test(recursion, deep, .fini = give, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    expression(200);
}

/* No recursion: the same function, but not in one stack. */
Test(recursion, none, .fini = give, .data = cr_alloc_budget(.peak = at_most(10)))
{
    walk(0);
    walk(0);
}

/* No recursion: the test has the name of the function that it calls. */
Test(recursion, walk, .fini = give, .data = cr_alloc_budget(.peak = at_most(10)))
{
    walk(1);
}

/* A statement of more than 80 columns is cut. So is a line of source text, also if its characters
   have several bytes. */
Test(recursion, long_statement, .fini = give)
{
    cr_assert_alloc_budget((.peak = at_most(10)), {
        for (size_t size = 1; size < 8; size++)
            take(size);
        const char *text = "a statement of more than 80 columns";
        take(text[0] == 'a' ? 100 : 200);
    });
}

Test(recursion, long_line, .fini = give)
{
    cr_no_alloc_scope
    {
        kept[n_kept++] = malloc(1); /* äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöü */
    }
}
