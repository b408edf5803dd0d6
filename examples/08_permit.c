/* SPDX-License-Identifier: MIT */
/*
 * cr_permit_alloc marks code that may allocate inside a function that otherwise must not. Here the
 * hot path may write a log line, because log lines are rare. All other allocations still fail the
 * test: the last test fails on purpose, and the failure does not list the log line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static char *last_line;

static void log_line(const char *text)
{
    cr_permit_alloc
    {
        free(last_line);
        last_line = strdup(text);
    }
}

static int *values;

static __attribute__((noinline)) void push(int value)
{
    if (value < 0)
        log_line("a negative value");
    if (value > 100)
        values = malloc(sizeof *values);
}

static void forget(void)
{
    free(last_line);
    free(values);
}

TestSuite(permit, .fini = forget);

Test(permit, logging_is_permitted)
{
    cr_assert_no_heap(push(-1));
    cr_assert_str_eq(last_line, "a negative value");
}

Test(permit, the_rest_is_caught)
{
    cr_no_alloc_scope
    {
        push(-1);
        push(101);
    }
}
