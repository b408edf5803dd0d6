/* SPDX-License-Identifier: MIT */
/*
 * cr_alloc_failure_sweep: the runs in child processes, one after another, and the last run, in the
 * test itself.
 */
#define _GNU_SOURCE
#include "sweep/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guard/scope_guards.h"
#include "sweep/sweep_findings.h"
#include "track/region.h"
#include "track/thread.h"
#include "worker/worker.h"

/* Store the number of allocations of the run without a failure. The comparison with the last run
   leaves out allocations for threads: a child process can reuse the stacks of the test's threads,
   but the test itself cannot. */
static void store_n_allocs(struct cri_alloc_sweep *sweep)
{
    sweep->n_allocs = sweep->run->failure.allocs;
    sweep->n_compared = sweep->n_allocs - sweep->run->failure.threads;
}

/* Fork a child process for every run, and examine the run when it has ended. Return true in a child
   process, which must run the block. In the test, return false, and set `*passed` to false if a run
   failed. */
static bool run_children(struct cri_alloc_sweep *sweep, struct criterion_alloc_findings *findings,
                         bool *passed)
{
    int output;
    if (!criterion_alloc_run_new(&sweep->run, &output)) {
        criterion_alloc_sweep_fail(
            sweep, "no memory to share with the child processes; raise ulimit -v", strerror(errno));
        return false;
    }
    for (uint64_t nth = 0; nth <= sweep->n_allocs; nth++) {
        int status = 0;
        pid_t child = criterion_alloc_run_fork(sweep, nth, output, &status);
        if (child > 0 && sweep->run->threads && !sweep->drops_stacks) {
            sweep->drops_stacks = true;
            child = criterion_alloc_run_fork(sweep, nth, output, &status);
        }
        if (child == 0)
            return true;
        if (child < 0) {
            criterion_alloc_sweep_fail(
                sweep, "fork() failed; raise the limit on processes (ulimit -u)", strerror(errno));
            *passed = false;
            break;
        }
        criterion_alloc_findings_examine(findings, sweep, nth, status);
        if (nth == 0 && sweep->run->finished)
            store_n_allocs(sweep);
    }
    criterion_alloc_run_free(sweep->run, output);
    sweep->run = NULL;
    if (criterion_alloc_findings_send(findings, sweep))
        *passed = false;
    return false;
}

/* Begin the run in the test itself: without a failure, or with the single one of .only. */
static bool begin_last(struct cri_alloc_sweep *sweep)
{
    sweep->last = true;
    uint64_t only = sweep->options.only;
    if (only && sweep->options.persistent)
        at_fail_from(only - 1);
    else
        at_fail_after(only ? only - 1 : UINT64_MAX);
    return true;
}

/* End the run in the test itself, and compare its number of allocations with the first run. */
static void end_last(struct cri_alloc_sweep *sweep)
{
    struct at_failure failure = at_fail_end();
    sweep->last = false;
    char why[256];
    if (sweep->options.only && !failure.failed) {
        snprintf(why, sizeof why, "the block made only %llu; use a smaller number",
                 (unsigned long long) failure.allocs);
        criterion_alloc_sweep_fail(sweep, "the allocation of .only does not exist", why);
    } else if (!sweep->options.only && failure.allocs - failure.threads != sweep->n_compared) {
        snprintf(
            why, sizeof why,
            "%llu in a child process, then %llu in the test itself; use .warmup = 1 if some are "
            "made only once, or move code that allocates differently after fork() out of the block",
            (unsigned long long) sweep->n_compared,
            (unsigned long long) (failure.allocs - failure.threads));
        criterion_alloc_sweep_fail(
            sweep, "two runs without a failure made different numbers of allocations", why);
    } else {
        cri_asserts_passed_incr();
        if (!sweep->options.only)
            criterion_alloc_sweep_print(sweep);
    }
}

/* Do all runs in child processes, and begin the run in the test itself. Return whether the block
   must run: in a child process, or in the test if no run has failed. */
static bool begin_sweep(struct cri_alloc_sweep *sweep)
{
    if (criterion_alloc_unobserved() || sweep->options.only)
        return begin_last(sweep);
    at_suspend();
    struct criterion_alloc_findings *findings = criterion_alloc_findings_new();
    bool passed = findings;
    bool in_child = false;
    if (findings)
        in_child = run_children(sweep, findings, &passed);
    else
        criterion_alloc_sweep_fail(sweep, "no memory for the findings",
                                   "give the process more address space (ulimit -v)");
    if (!in_child && findings)
        criterion_alloc_findings_free(findings);
    at_resume();
    if (in_child)
        return true;
    if (passed)
        return begin_last(sweep);
    at_scope_guards_pop(&sweep->guard);
    if (criterion_alloc_may_abort())
        criterion_abort_test();
    criterion_continue_test();
    return false;
}

/* End the run of a block whose frame was left by a jump or an exception. */
static bool end_left_sweep(void *data, uintptr_t target, bool certainly)
{
    struct cri_alloc_sweep *sweep = data;
    (void) target;
    if (!certainly)
        return false;
    if (sweep->in_child)
        criterion_alloc_run_finish(sweep);
    if (sweep->last)
        at_fail_end();
    return true;
}

static void stop_sweep(void *data)
{
    struct cri_alloc_sweep *sweep = data;
    if (sweep->in_child)
        criterion_alloc_run_stop(sweep);
    else
        at_fail_end();
}

static const struct at_scope_guard_type sweep_type = {
    .kind = AT_GUARD_BLOCK,
    .left = end_left_sweep,
    .stop = stop_sweep,
};

_Static_assert(sizeof(struct cri_alloc_sweep) <= AT_GUARD_DATA_BYTES,
               "a scope guard stores a copy");

struct cri_alloc_sweep cri_alloc_sweep_open(struct cr_alloc_sweep_options options, const char *file,
                                            unsigned line)
{
    return (struct cri_alloc_sweep){
        .options = options,
        .file = file,
        .line = line,
    };
}

__attribute__((noinline)) bool cri_alloc_sweep_next(struct cri_alloc_sweep *sweep)
{
    if (sweep->in_child)
        criterion_alloc_run_finish(sweep);
    if (sweep->last) {
        cri_alloc_sweep_leave(sweep);
        return false;
    }
    if (criterion_alloc_is_off())
        return sweep->warmed++ == 0;
    if (sweep->warmed < sweep->options.warmup) {
        sweep->warmed++;
        return true;
    }
    at_scope_guards_push(&sweep->guard, &sweep_type, AT_CALLER_STACK_POINTER(), NULL, 0);
    bool begun = begin_sweep(sweep);
    at_scope_guards_update(&sweep->guard, sweep, sizeof *sweep);
    return begun;
}

void cri_alloc_sweep_leave(struct cri_alloc_sweep *sweep)
{
    if (sweep->in_child)
        criterion_alloc_run_finish(sweep);
    bool was_left = at_scope_guards_was_left(&sweep->guard);
    at_scope_guards_pop(&sweep->guard);
    if (!sweep->last || was_left)
        return;
    at_suspend();
    end_last(sweep);
    at_resume();
}
