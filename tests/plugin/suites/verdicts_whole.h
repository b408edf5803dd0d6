/* SPDX-License-Identifier: MIT */
/*
 * The second half of verdicts.h: whole tests, their .data, and endings that are not a return.
 */

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

/* These two names have the same hash (FNV-1a, 32 bits). Each still has its own budget. */
Test(same_hash, pass_2614, .data = cr_alloc_budget(.allocs = at_most(3)))
{
    take(3, 8);
}

Test(same_hash, fail_1021080, .data = cr_alloc_budget(.allocs = at_most(2)))
{
    take(3, 8);
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

/* The nearest limit wins, with the scope of its budget. */
Test(kinds, pass_a_nearer_thread_limit, .init = start_thread,
     .data = cr_alloc_budget(.allocs = at_most(0), .scope = AT_THREAD))
{
    let_thread_allocate();
}

Test(kinds, fail_another_metric_in_thread_scope, .init = start_thread,
     .data = cr_alloc_budget(.bytes = at_most(0), .scope = AT_THREAD))
{
    let_thread_allocate();
}

Test(kinds, pass_a_nearer_warning, .data = cr_alloc_budget(.allocs = at_most(0), .warn = true))
{
    take(2, 8);
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

/* A block that ended before has its verdict: a warning, or an expected failure. */
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

/* The child's allocations do not count. The parent makes one allocation, and then dies. */
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

Test(ending, skip_has_no_verdict, .data = cr_alloc_budget(.allocs = at_most(0)))
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
