/* SPDX-License-Identifier: MIT */
/*
 * A process that the test forked. Criterion cannot hear it: its connection to the runner is served
 * by a thread that a child does not have, so sending waits for ever, and the test's end, to which a
 * failed assertion jumps, would be the parent's. In a child, a failed assertion is printed and ends
 * the process, so that the parent sees its status.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/text.h"
#include "sweep/sweep.h"
#include "symbols/source.h"
#include "track/thread.h"
#include "worker/worker.h"

/* What assertions call; ours replace the ones in libcriterion. */
AT_API void criterion_send_assert(struct criterion_assert_stats *stats);
AT_API void criterion_abort_test(void);

void criterion_alloc_print_in_child(const char *message, const char *file, size_t line)
{
    at_suspend();
    struct at_text text = { 0 };
    char path[512];
    at_source_find(file, NULL, path, sizeof path);
    at_text_printf(&text, "%s:%zu: Assertion Failed\n\n%s\n", path, line, message);
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
    criterion_alloc_run_failed();
    at_resume();
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
