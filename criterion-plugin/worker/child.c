/* SPDX-License-Identifier: MIT */
/*
 * A process that the test forked. Its assertions cannot reach the runner: a thread that only the
 * parent has serves the connection, so sending would wait for ever. A failed assertion jumps to the
 * end of the test, which would be the parent's. So in a child a failed assertion is printed. A
 * failed cr_assert_ ends the process at once, and another one changes the status of exit(). The
 * parent sees the exit status.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/text.h"
#include "symbols/source.h"
#include "track/thread.h"
#include "worker/worker.h"

/* Assertions call these functions. The definitions here replace those in libcriterion. */
AT_API void criterion_send_assert(struct criterion_assert_stats *stats);
AT_API void criterion_abort_test(void);

static void (*on_failure)(void);
static pid_t failed_process; /* 0, or the child in which an assertion failed */

void criterion_alloc_child_on_failure(void (*function)(void))
{
    on_failure = function;
}

void criterion_alloc_print_in_child(const char *message, const char *file, size_t line)
{
    at_suspend();
    failed_process = getpid();
    struct at_text text = { 0 };
    char path[512];
    at_source_find(file, NULL, path, sizeof path);
    at_text_printf(&text, "%s:%zu: Assertion Failed\n\n%s\n", path, line, message);
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    if (on_failure)
        on_failure();
    at_resume();
}

/* No standard function but _exit() can change the status of an exit() that has begun. */
void criterion_alloc_child_end_if_failed(void)
{
    if (failed_process != getpid())
        return;
    fflush(NULL);
    _exit(EXIT_FAILURE);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (criterion_alloc_is_child()) {
        criterion_alloc_print_in_child(stats->message, stats->file, stats->line);
        return;
    }
    void (*next)(struct criterion_assert_stats *) =
        (void (*)(struct criterion_assert_stats *)) dlsym(RTLD_NEXT, "criterion_send_assert");
    next(stats);
}

void criterion_abort_test(void)
{
    if (criterion_alloc_is_child())
        _exit(EXIT_FAILURE);
    void (*next)(void) = (void (*)(void)) dlsym(RTLD_NEXT, "criterion_abort_test");
    next();
    abort(); /* it does not return */
}
