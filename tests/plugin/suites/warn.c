/* SPDX-License-Identifier: MIT */
/*
 * Tests that exceed allocs<=0 and leaks=0 in each way, and pass without these limits. The names of
 * tests that fail with or without a limit that only warns begin with fail_.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/redirect.h>

#include <alloc_tracker/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *volatile last;

static void take(void)
{
    last = malloc(10);
}

static void take_and_give(void)
{
    take();
    free(last);
}

Test(warn, allocates)
{
    take_and_give();
}

Test(warn, leaks)
{
    take();
}

static void do_nothing(void)
{
}

static void give(void)
{
    free(last);
}

Test(warn, leaks_after_fini, .fini = do_nothing)
{
    take();
}

Test(warn, gives_in_fini, .fini = give)
{
    take();
}

static void end_process(void)
{
    _exit(0);
}

Test(warn, ends_in_fini, .fini = end_process)
{
    take_and_give();
}

/* The warning is not a part of the redirected output. */
Test(warn, redirects, .init = cr_redirect_stderr)
{
    take_and_give();
    fputs("x", stderr);
    fflush(stderr);
    cr_assert_stderr_eq_str("x");
}

Test(warn, closes_stderr)
{
    take_and_give();
    close(STDERR_FILENO);
}

static void *run_thread(void *arg)
{
    take_and_give();
    return arg;
}

Test(warn, thread)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run_thread, NULL);
    pthread_join(thread, NULL);
}

Test(warn, dies, .exit_code = 3)
{
    take_and_give();
    _exit(3);
}

Test(warn, exits, .exit_code = 3)
{
    take_and_give();
    exit(3);
}

ParameterizedTestParameters(warn, parameter)
{
    static int values[] = { 0, 1 };
    return cr_make_param_array(int, values, 2);
}

ParameterizedTest(int *n, warn, parameter)
{
    for (int i = 0; i < *n; i++)
        take_and_give();
}

/* A child that the test forked prints its warning itself. */
Test(warn, child)
{
    pid_t child = fork();
    if (child == 0) {
        cr_assert_alloc_budget((.allocs = at_most(0), .warn = true), take());
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    cr_assert_eq(status, 0);
}

Test(warn, stays_within, .data = cr_alloc_budget(.allocs = at_most(5), .leaks = at_most(5)))
{
    take();
}

/* A nearer limit keeps its own .warn, which is false. */
Test(warn, fail_own_limit, .data = cr_alloc_budget(.allocs = at_most(0)))
{
    take_and_give();
}

Test(warn, fail_set_limit)
{
    cr_set_alloc_budget(.allocs = at_most(0));
    take_and_give();
}

Test(warn, fail_statement)
{
    cr_assert_no_alloc(take_and_give());
}

Test(warn, fail_assertion)
{
    take_and_give();
    cr_assert(last == NULL);
}
