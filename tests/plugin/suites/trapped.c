/* SPDX-License-Identifier: MIT */
/* The suite runs in gdb: the function that allocates is within three frames of the stop. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static void *volatile sink;
static volatile size_t size = 24;

/* The worker stops itself if the runner does not stop it for a debugger. */
static void wait_for_debugger(void)
{
    if (getenv("STOP_FOR_DEBUGGER"))
        raise(SIGSTOP);
}

TestSuite(trapped, .init = wait_for_debugger);

static __attribute__((noinline)) void the_culprit(void)
{
    sink = malloc(size); /* HERE direct */
    size++;
}

static __attribute__((noinline)) void the_duplicator(void)
{
    sink = strdup("text"); /* HERE through_libc */
    size++;
}

Test(trapped, direct)
{
    cr_assert_no_alloc(the_culprit());
}

Test(trapped, through_libc)
{
    cr_assert_no_alloc(the_duplicator());
}

Test(trapped, third_is_one_too_many, .data = cr_alloc_budget(.allocs = at_most(2)))
{
    for (int i = 0; i < 2; i++) {
        sink = malloc(size);
        free(sink);
    }
    the_culprit();
}

Test(trapped, clean)
{
    cr_assert_no_alloc((void) 0);
}

/* A test that expects SIGTRAP must not pass because of the trap. */
Test(trapped, expects_the_signal, .signal = SIGTRAP)
{
    cr_assert_no_alloc(the_culprit());
}
