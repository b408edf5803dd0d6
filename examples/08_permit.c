/* SPDX-License-Identifier: MIT */
/*
 * An exception to a ban: the hot path may log, since a log line is rare and off in production. What
 * is not marked stays forbidden: the last test fails at its own allocation alone.
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

Test(permit, logging_is_not_charged)
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
