/* SPDX-License-Identifier: MIT */
/*
 * Each limit, at its edge and one above it. The name of a test begins with its verdict: pass_ or
 * fail_. Included by verdicts.c and verdicts.cpp, so each case has a verdict in C and in C++.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <alloc_tracker/criterion.h>

static char *volatile kept[8];
static char pool[8];

static void take(size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++)
        kept[i] = (char *) malloc(size);
}

static void give(size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(kept[i]);
}

static void grow(size_t size)
{
    kept[0] = (char *) realloc(kept[0], size);
}

/* ---- statements ------------------------------------------------------------------------------ */

Test(statement, pass_nothing)
{
    cr_assert_no_alloc((void) 0);
}

Test(statement, pass_free_only)
{
    take(1, 10);
    cr_assert_no_alloc(give(1));
}

Test(statement, fail_one)
{
    cr_assert_no_alloc(take(1, 10));
}

Test(statement, fail_expect)
{
    cr_expect_no_alloc(take(1, 10));
}

Test(statement, fail_message)
{
    cr_assert_no_alloc(take(1, 10), "message %d of %s", 7, "many");
}

Test(statement, fail_realloc_counts)
{
    take(1, 10);
    cr_assert_no_alloc(grow(20));
}

#define FORBIDS(Name, Good, Bad)                                                                   \
    Test(forbid_##Name, pass_assert)                                                               \
    {                                                                                              \
        take(2, 8);                                                                                \
        cr_assert_no_##Name(Good);                                                                 \
    }                                                                                              \
    Test(forbid_##Name, fail_assert)                                                               \
    {                                                                                              \
        take(2, 8);                                                                                \
        cr_assert_no_##Name(Bad, "with a message: %d", 1);                                         \
    }                                                                                              \
    Test(forbid_##Name, fail_expect)                                                               \
    {                                                                                              \
        take(2, 8);                                                                                \
        cr_expect_no_##Name(Bad);                                                                  \
    }

FORBIDS(free, take(1, 8), give(1))
FORBIDS(heap, (void) 0, take(1, 8))
FORBIDS(leak, (take(3, 8), give(3)), (take(3, 8), give(2)))

Test(forbid_heap, fail_free)
{
    take(1, 8);
    cr_assert_no_heap(give(1));
}

#define EDGE(Field, Name, Limit, Below, Setup, Statement)                                          \
    Test(Field, pass_##Name)                                                                       \
    {                                                                                              \
        Setup;                                                                                     \
        cr_assert_alloc_budget((.Field = Limit), Statement);                                       \
    }                                                                                              \
    Test(Field, fail_##Name)                                                                       \
    {                                                                                              \
        Setup;                                                                                     \
        cr_assert_alloc_budget((.Field = Below), Statement);                                       \
    }

EDGE(allocs, most, at_most(3), at_most(2), (void) 0, take(3, 8))
EDGE(allocs, least, at_least(3), at_least(4), (void) 0, take(3, 8))
EDGE(allocs, exactly, at_exactly(3), at_exactly(4), (void) 0, take(3, 8))
EDGE(allocs, exactly_over, at_exactly(3), at_exactly(2), (void) 0, take(3, 8))
EDGE(reallocs, most, at_most(1), at_most(0), take(1, 8), grow(16))
EDGE(reallocs, least, at_least(1), at_least(2), take(1, 8), grow(16))
EDGE(frees, most, at_most(2), at_most(1), take(2, 8), give(2))
EDGE(frees, least, at_least(2), at_least(3), take(2, 8), give(2))
EDGE(bytes, most, at_most(24), at_most(23), (void) 0, take(3, 8))
EDGE(bytes, least, at_least(24), at_least(25), (void) 0, take(3, 8))
EDGE(peak, most, at_most(24), at_most(23), (void) 0, (take(3, 8), give(3)))
EDGE(peak, least, at_least(24), at_least(25), (void) 0, (take(3, 8), give(3)))
EDGE(peak, net_of_the_start, at_most(4900), at_most(4899), take(1, 100), grow(5000))
EDGE(live, most, at_most(8), at_most(7), (void) 0, (take(3, 8), give(2)))
EDGE(live, negative, at_exactly(-16), at_most(-17), take(2, 8), give(2))
EDGE(leaks, most, at_most(1), at_most(0), (void) 0, (take(3, 8), give(2)))
EDGE(leaks, exactly, at_exactly(1), at_exactly(2), (void) 0, (take(3, 8), give(2)))

/* A pool's blocks count like those of malloc. */
Test(noted, fail_note)
{
    cr_assert_no_alloc(at_note_alloc(pool, 8));
}

Test(noted, pass_note)
{
    cr_assert_alloc_budget((.allocs = at_exactly(1), .bytes = at_exactly(8), .leaks = at_most(0)),
                           (at_note_alloc(pool, 8), at_note_free(pool)));
}

Test(combined, pass_both)
{
    cr_assert_alloc_budget((.allocs = at_most(3), .bytes = at_most(24)), take(3, 8));
}

Test(combined, fail_second)
{
    cr_assert_alloc_budget((.allocs = at_most(3), .bytes = at_most(23)), take(3, 8));
}

Test(combined, pass_no_limit)
{
    cr_assert_alloc_budget((.scope = AT_PROCESS), take(3, 8));
}

/* ---- warm-up, repeat, warn ------------------------------------------------------------------- */

static int n_runs;

static void first_use(void)
{
    if (n_runs++ == 0)
        take(1, 10);
}

Test(runs, pass_warmup)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warmup = 1), first_use());
    if (n_runs != 2)
        abort();
}

Test(runs, fail_no_warmup)
{
    cr_assert_alloc_budget((.allocs = at_most(0)), first_use());
}

static void third_use(void)
{
    if (++n_runs == 3)
        take(1, 10);
}

Test(runs, fail_repeat)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .repeat = 3), third_use());
}

Test(runs, pass_repeat)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .repeat = 2), third_use());
    if (n_runs != 2)
        abort();
}

Test(runs, pass_warn)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warn = true), take(1, 10));
}

/* ---- blocks ---------------------------------------------------------------------------------- */

Test(block, pass_nothing)
{
    int n = 0;
    cr_no_alloc_scope
    {
        n++;
    }
    if (n != 1)
        abort();
}

Test(block, fail_one)
{
    cr_no_alloc_scope
    {
        take(1, 10);
    }
}

Test(block, fail_break)
{
    cr_no_alloc_scope
    {
        take(1, 10);
        break;
    }
}

static void leave(void)
{
    cr_no_alloc_scope
    {
        take(1, 10);
        return;
    }
}

Test(block, fail_return)
{
    leave();
}

Test(block, fail_goto)
{
    cr_no_alloc_scope
    {
        take(1, 10);
        goto out;
    }
out:
    give(1);
}

Test(block, pass_budget)
{
    size_t n = 2;
    cr_alloc_scope(.allocs = at_most(n), .bytes = at_most(2 * sizeof(long)))
    {
        take(2, sizeof(long));
    }
}

Test(block, fail_budget)
{
    cr_alloc_scope(.allocs = at_most(1), .bytes = at_most(100))
    {
        take(2, sizeof(long));
    }
}

Test(block, pass_nested)
{
    cr_alloc_scope(.allocs = at_exactly(2))
    {
        take(1, 8);
        cr_alloc_scope(.allocs = at_exactly(1))
        {
            take(1, 8);
            cr_assert_no_alloc(give(1));
        }
    }
}

Test(block, fail_outer)
{
    cr_alloc_scope(.allocs = at_most(1))
    {
        take(1, 8);
        cr_alloc_scope(.allocs = at_most(1))
        {
            take(1, 8);
        }
    }
}

#include "verdicts_limits.h"
#include "verdicts_whole.h"
