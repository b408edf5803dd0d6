/* SPDX-License-Identifier: MIT */
/*
 * The criteria of new-style assertions, alone and inside all, any, none and not. The name of a test
 * begins with its verdict. Included by criteria.c and criteria.cpp.
 */
#include <alloc_tracker/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static char *volatile kept;

static void take(size_t size)
{
    kept = (char *) malloc(size);
}

static void give(void)
{
    free(kept);
}

static int count(void)
{
    take(10);
    return 3;
}

static int runs;
static void warm_up(void)
{
    if (runs++ == 0)
        take(10);
}

#define EDGE(Name, Setup, Good, Bad)                                                               \
    Test(Name, pass)                                                                               \
    {                                                                                              \
        Setup;                                                                                     \
        cr_assert(Good);                                                                           \
    }                                                                                              \
    Test(Name, fail_assert)                                                                        \
    {                                                                                              \
        Setup;                                                                                     \
        cr_assert(Bad);                                                                            \
    }                                                                                              \
    Test(Name, fail_expect)                                                                        \
    {                                                                                              \
        Setup;                                                                                     \
        cr_expect(Bad, "message %d of %s", 7, "many");                                             \
    }

EDGE(no_alloc, take(8), no_alloc(give()), no_alloc(take(8)))
EDGE(no_free, take(8), no_free(take(8)), no_free(give()))
EDGE(no_heap, take(8), no_heap((void) 0), no_heap(give()))
EDGE(no_leak, (void) 0, no_leak((take(8), give())), no_leak(take(8)))
EDGE(allocs, (void) 0, alloc_within((.allocs = at_most(1)), take(8)),
     alloc_within((.allocs = at_exactly(2)), take(8)))
EDGE(bytes, (void) 0, alloc_within((.allocs = at_most(1), .bytes = at_most(8)), take(8)),
     alloc_within((.allocs = at_most(1), .bytes = at_most(7)), take(8)))
EDGE(peak, (void) 0, alloc_within((.peak = at_most(8), .leaks = at_most(0)), (take(8), give())),
     alloc_within((.peak = at_most(7), .live = at_least(0)), (take(8), give())))
EDGE(warmup, (void) 0, alloc_within((.allocs = at_most(0), .warmup = 1, .repeat = 3), warm_up()),
     alloc_within((.allocs = at_most(0), .repeat = 3), warm_up()))
EDGE(thread, (void) 0, alloc_within((.allocs = at_most(1), .scope = AT_THREAD), take(8)),
     alloc_within((.allocs = at_most(0), .scope = AT_THREAD), take(8)))

EDGE(negated, (void) 0, not(no_alloc(take(8))), not(no_alloc((void) 0)))
EDGE(negated_budget, (void) 0, not(alloc_within((.allocs = at_most(0)), take(8))),
     not(alloc_within((.allocs = at_most(2)), take(8))))
EDGE(twice_negated, (void) 0, not(not(no_alloc((void) 0))), not(not(no_alloc(take(8)))))

static int value;
EDGE(all_of, (void) 0,
     all(alloc_within((.allocs = at_most(1)), value = count()), eq(int, value, 3)),
     all(alloc_within((.allocs = at_most(0)), value = count()), eq(int, value, 3)))
EDGE(all_of_both, (void) 0, all(eq(int, 1, 1), no_alloc((void) 0)),
     all(eq(int, 1, 2), no_alloc(take(8))))
/* Until 2.4.3, Criterion's any() returned the value of its last criterion. */
EDGE(any_of_both, (void) 0, any(no_alloc((void) 0), eq(int, 1, 1)),
     any(no_alloc(take(8)), eq(int, 1, 2)))
EDGE(any_of_last, take(8), any(no_alloc(take(8)), eq(int, 1, 1)),
     any(no_free(give()), no_alloc(take(8))))
EDGE(none_of, (void) 0, none(no_alloc(take(8)), eq(int, 1, 2)),
     none(no_alloc((void) 0), eq(int, 1, 2)))
EDGE(nested, (void) 0, all(any(no_alloc(take(8)), no_alloc((void) 0)), not(no_alloc(take(8)))),
     all(any(no_alloc(take(8)), no_alloc(take(9))), not(no_alloc((void) 0))))

/* An invalid budget fails, also where a criterion must not be met. */
Test(invalid, fail_negated)
{
    cr_assert(not(alloc_within((.allocs = at_most(-1)), (void) 0)));
}

/* A warning is reported, and the test passes. */
Test(warns, pass_warn)
{
    cr_assert(alloc_within((.allocs = at_most(0), .warn = true), take(8)));
}

Test(warns, pass_warn_negated)
{
    cr_assert(not(alloc_within((.allocs = at_most(5), .warn = true), (void) 0)));
}

/* The work of an assertion is not counted for the test. */
Test(not_charged, pass_nested_assertions)
{
    cr_no_alloc_scope
    {
        cr_assert(all(no_alloc((void) 0), any(eq(int, 1, 2), no_alloc((void) 0))));
    }
}

Test(charged, fail_in_scope)
{
    cr_no_alloc_scope
    {
        cr_assert(not(no_alloc(take(8))));
    }
}
