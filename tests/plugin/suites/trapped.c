/* SPDX-License-Identifier: MIT */
/* Run under gdb: the trap stops within three frames of the function that allocates. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static void *volatile sink;
static volatile size_t size = 24;

/* Where the runner does not stop the worker for a debugger, it stops itself. */
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

/* A test that expects the trap's own signal must not pass by it. */
Test(trapped, expects_the_signal, .signal = SIGTRAP)
{
    cr_assert_no_alloc(the_culprit());
}
