/* SPDX-License-Identifier: MIT */
/*
 * Every limit, at its edge and one past it. The name of a test says its verdict: pass_ or fail_.
 * Included by verdicts.c and verdicts.cpp, so each case is judged in C and in C++.
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

/* A pool's blocks are charged like malloc's. */
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

/* ---- whole tests ----------------------------------------------------------------------------- */

Test(whole, pass_at_the_edge, .data = cr_alloc_budget(.allocs = at_most(3), .bytes = at_most(24)))
{
    take(3, 8);
}

Test(whole, fail_past_it, .data = cr_alloc_budget(.allocs = at_most(2), .bytes = at_most(24)))
{
    take(3, 8);
}

Test(whole, fail_leak, .data = cr_alloc_budget(.leaks = at_most(0)))
{
    take(2, 8);
    give(1);
}

Test(whole, pass_fixture_is_free, .init = first_use, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    give(1);
}

Test(whole, pass_warmup, .data = cr_alloc_budget(.allocs = at_most(0), .warmup = 1))
{
    first_use();
}

Test(whole, fail_set, .data = cr_alloc_budget(.allocs = at_most(3)))
{
    cr_set_alloc_budget(.peak = at_most(23));
    take(3, 8);
}

Test(whole, pass_set, .data = cr_alloc_budget(.allocs = at_most(3)))
{
    cr_set_alloc_budget(.peak = at_most(24), .allocs = at_most(100));
    take(3, 8);
}

Test(whole, fail_set_does_not_loosen, .data = cr_alloc_budget(.allocs = at_most(2)))
{
    cr_set_alloc_budget(.allocs = at_most(100));
    take(3, 8);
}

Test(whole, fail_set_too_late)
{
    take(3, 8);
    cr_set_alloc_budget(.allocs = at_most(2));
}

Test(whole, pass_usage)
{
    take(3, 8);
    give(1);
    struct at_usage usage = cr_alloc_usage();
    if (usage.allocs != 3 || usage.bytes != 24 || usage.frees != 1 || usage.live != 16
        || usage.peak != 24 || usage.leaks != 2 || usage.dropped != 0)
        abort();
}

TestSuite(suite_budget, .data = cr_alloc_budget(.allocs = at_most(2)));

Test(suite_budget, pass_within)
{
    take(2, 8);
}

Test(suite_budget, fail_beyond)
{
    take(3, 8);
}

Test(suite_budget, fail_stricter_test, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(2, 8);
}

Test(suite_budget, fail_looser_test, .data = cr_alloc_budget(.allocs = at_most(9)))
{
    take(3, 8);
}

Test(suite_budget, fail_other_field, .data = cr_alloc_budget(.bytes = at_most(15)))
{
    take(2, 8);
}

TestSuite(repeats, .data = cr_alloc_budget(.allocs = at_most(0), .repeat = 3));

Test(repeats, fail_in_the_third_run, .data = cr_alloc_budget(.bytes = at_most(100)))
{
    third_use();
}

TestSuite(kinds, .data = cr_alloc_budget(.allocs = at_most(1)));

Test(kinds, fail_a_warning_softens_nothing,
     .data = cr_alloc_budget(.bytes = at_most(100), .warn = true))
{
    take(2, 8);
}

Test(kinds, pass_a_warning_is_only_that, .data = cr_alloc_budget(.bytes = at_most(1), .warn = true))
{
    take(1, 8);
}

static pthread_barrier_t barrier;

static void *allocate_between_barriers(void *arg)
{
    pthread_barrier_wait(&barrier);
    take(2, 8);
    pthread_barrier_wait(&barrier);
    return arg;
}

static void start_thread(void)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, allocate_between_barriers, NULL);
    pthread_detach(thread);
}

static void let_thread_allocate(void)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

Test(kinds, fail_a_thread_budget_softens_nothing, .init = start_thread,
     .data = cr_alloc_budget(.allocs = at_most(9), .scope = AT_THREAD))
{
    let_thread_allocate();
}

Test(scope, pass_other_threads, .init = start_thread,
     .data = cr_alloc_budget(.allocs = at_most(0), .scope = AT_THREAD))
{
    let_thread_allocate();
}

Test(scope, fail_process, .init = start_thread, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    let_thread_allocate();
}

Test(scope, fail_set_for_the_thread)
{
    take(2, 8);
    cr_set_alloc_budget(.allocs = at_most(1), .scope = AT_THREAD);
}

/* ---- a .data that is not ours ---------------------------------------------------------------- */

static struct {
    char small;
} foreign = { 'x' };

Test(foreign, pass_small_struct, .data = &foreign)
{
    take(1, 8);
}

Test(foreign, pass_integer, .data = (void *) (uintptr_t) 42)
{
    take(1, 8);
}

Test(foreign, pass_high_integer, .data = (void *) (uintptr_t) -8)
{
    take(1, 8);
}

Test(foreign, pass_null, .data = NULL)
{
    take(1, 8);
}

TestSuite(foreign, .data = (void *) (uintptr_t) 0x1000);

/* ---- endings that are not a return ----------------------------------------------------------- */

Test(ending, fail_exit, .exit_code = 3, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    exit(3);
}

Test(ending, pass_exit, .exit_code = 3, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(1, 8);
    exit(3);
}

/* Criterion passes a test that aborts without a failed assertion. */
Test(ending, fail_bare_abort, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    criterion_abort_test();
}

Test(ending, pass_bare_abort, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(1, 8);
    criterion_abort_test();
}

static void allocate_and_exit(void)
{
    take(1, 8);
    exit(3);
}

Test(ending, fail_exit_in_statement, .exit_code = 3)
{
    cr_assert_no_alloc(allocate_and_exit());
}

Test(ending, pass_exit_in_warning, .exit_code = 3)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warn = true), allocate_and_exit());
}

Test(ending, pass_exit_in_statement, .exit_code = 3)
{
    cr_assert_alloc_budget((.allocs = at_most(1)), allocate_and_exit());
}

Test(ending, fail_signal, .signal = SIGABRT, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    abort();
}

Test(ending, pass_signal, .signal = SIGABRT, .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(1, 8);
    abort();
}

static void allocate_and_die(void)
{
    take(1, 8);
    abort();
}

Test(ending, fail_signal_in_statement, .signal = SIGABRT)
{
    cr_assert_no_alloc(allocate_and_die());
}

Test(ending, pass_signal_in_statement, .signal = SIGABRT)
{
    cr_assert_alloc_budget((.allocs = at_most(1)), allocate_and_die());
}

/* What was over by then had its verdict: a warning, or a failure that was expected. */
Test(ending, pass_signal_after_warning, .signal = SIGABRT)
{
    cr_assert_alloc_budget((.allocs = at_most(0), .warn = true), take(1, 8));
    cr_no_alloc_scope
    {
        give(1);
    }
    abort();
}

Test(ending, fail_exec_in_statement)
{
    cr_no_alloc_scope
    {
        take(1, 8);
        execl("/bin/true", "true", (char *) NULL);
    }
}

Test(ending, fail_underscore_exit, .exit_code = 3, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    _Exit(3);
}

/* The child's allocations are its own: the parent, which then dies, made one. */
Test(ending, pass_child_does_not_count, .signal = SIGABRT,
     .data = cr_alloc_budget(.allocs = at_most(1)))
{
    take(1, 8);
    pid_t pid = fork();
    if (pid == 0) {
        take(5, 8);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    raise(SIGABRT);
}

Test(ending, skip_is_not_judged, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    cr_skip("not today");
}

Test(ending, fail_assertion_once, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take(1, 8);
    cr_assert_eq(1, 2);
}

Test(ending, fail_assertion_in_scope)
{
    cr_no_alloc_scope
    {
        take(1, 8);
        cr_assert_eq(1, 2);
    }
}
