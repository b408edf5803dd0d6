/* SPDX-License-Identifier: MIT */
/*
 * See worker.h. The test's trampoline, compiled into the user's suite, calls Criterion's exported
 * criterion_internal_test_setup(), _main() and _teardown(). The plugin's functions, defined in the
 * executable, come first. They call Criterion's functions with a body that measures the user's.
 */
#define _GNU_SOURCE
#include "worker/worker.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "attribution/module.h"
#include "attribution/unobserved.h"
#include "base/frame.h"
#include "base/libc.h"
#include "base/mark.h"
#include "guard/scope_guards.h"
#include "shared/test_name.h"
#include "symbols/trace.h"
#include "track/thread.h"
#include "unwind/capture.h"
#include "verdict/describe.h"
#include "worker/measure.h"
#include "worker/verdict.h"

typedef void test_function(void);
typedef void body_function(void *parameter);

/* Criterion's test trampoline calls these functions, which replace those of libcriterion. */
AT_API void criterion_internal_test_setup(void);
AT_API void criterion_internal_test_main(void (*fn)(void));
AT_API void criterion_internal_test_teardown(void);

static struct {
    struct at_mark mark; /* identifies the process without a system call */
    bool marked;
    uint32_t thread; /* serial of the thread that runs the body */
    const char *unobserved;
    body_function *body;
    test_function *test_fini; /* the user's, while the plugin's replace them */
    test_function *suite_fini;
    bool in_body;
    uintptr_t body_frame; /* the stack pointer of the body */
} worker;

bool criterion_alloc_in_test(void)
{
    return worker.marked && at_mark_is_here(&worker.mark);
}

/* This function is called before something is sent. Criterion calls getpid() then too, so a child
   of vfork(), which shares the memory, is noticed. */
bool criterion_alloc_is_child(void)
{
    return worker.marked && (!at_mark_is_here(&worker.mark) || getpid() != worker.mark.pid);
}

bool criterion_alloc_may_abort(void)
{
    return criterion_alloc_in_test() && at_thread_get()->serial == worker.thread;
}

bool criterion_alloc_ends_test(uintptr_t stack_pointer)
{
    return stack_pointer >= worker.body_frame;
}

uint32_t *criterion_alloc_n_over(void)
{
    return criterion_alloc_in_test() ? criterion_alloc_measure_n_over() : NULL;
}

const char *criterion_alloc_unobserved(void)
{
    return worker.unobserved;
}

void criterion_alloc_send(const char *message, const char *file, unsigned line)
{
    struct criterion_assert_stats stats = { .message = message, .file = file, .line = line };
    at_suspend();
    criterion_send_assert(&stats);
    at_resume();
}

void criterion_alloc_send_unobserved(const char *headline, const char *file, unsigned line)
{
    at_suspend();
    struct at_text message = { 0 };
    at_text_printf(&message, "%s ", headline);
    criterion_alloc_add_location(&message, file, line);
    at_text_add_string(&message, ": not observed: the code that contains it was loaded after the "
                                 "test had begun, so earlier blocks are unknown; link this code "
                                 "into the suite, or give the test a budget in .data\n");
    criterion_alloc_send(at_text_get(&message), file, line);
    at_text_free(&message);
    at_resume();
}

static void begin(void)
{
    if (!criterion_alloc_measure_begin())
        criterion_alloc_send("alloc_tracker: no memory for the tracker's own tables, so this test "
                             "was not measured; give the process more address space (ulimit -v)",
                             criterion_alloc_measure_file(), criterion_alloc_measure_line());
}

static void judge(bool last, bool may_wait)
{
    at_suspend();
    criterion_alloc_measure_judge(last, may_wait);
    at_resume();
}

/* Check a statement or block that did not reach its end, because exit() left it, or because its
   thread is still inside. */
static void judge_left_scope(const char *which)
{
    struct at_region *region = at_region_find_over_bound();
    if (!region)
        return;
    struct at_limits limits = { 0 };
    for (int i = 0; i < AT_METRIC_LIVE; i++)
        limits.metrics[i] = (struct at_metric_limit){
            .max = (uint64_t) region->bounds[i],
            .has_max = region->bounds[i] != AT_UNBOUNDED,
            .source = AT_SOURCE_STATEMENT,
        };
    at_region_end(region);
    at_suspend();
    const struct at_verdict_headline where = { which, NULL, 0 };
    struct at_verdict_message verdict = criterion_alloc_describe(
        region, &limits, &where, criterion_alloc_measure_file(), criterion_alloc_measure_line());
    criterion_alloc_send(at_text_get(&verdict.text), verdict.file, verdict.line);
    at_text_free(&verdict.text);
    at_resume();
}

/* Close the scope guards that are open in frames of the body: the frames were left unnoticed. */
static void run_once(void *parameter)
{
    worker.body(parameter);
    at_scope_guards_settle(true);
}

static void run_body(void *parameter)
{
    AT_KEEP_FRAME_POINTER();
    worker.in_body = true;
    worker.body_frame = (uintptr_t) __builtin_frame_address(0);
    at_suspend();
    criterion_alloc_measure_set_parameter(criterion_current_test->data->param_ ? parameter : NULL);
    if (worker.unobserved && criterion_alloc_measure_record_unobserved(worker.unobserved))
        criterion_alloc_send(worker.unobserved, criterion_alloc_measure_file(),
                             criterion_alloc_measure_line());
    at_resume();
    if (worker.unobserved) {
        worker.body(parameter);
        return;
    }
    const struct at_limits *limits = criterion_alloc_measure_limits();
    for (unsigned i = 0; i < limits->warmup; i++)
        run_once(parameter);
    unsigned n_runs = limits->repeat ? limits->repeat : 1;
    for (unsigned i = 1; i <= n_runs; i++) {
        begin();
        run_once(parameter);
        judge(i == n_runs, true);
    }
    judge_left_scope("a statement that a thread was still in when the test ended");
}

static void judge_late(void)
{
    at_suspend();
    criterion_alloc_measure_judge_late();
    at_region_end_disposable(); /* before another worker takes the worker slot that mirrors it */
    criterion_alloc_measure_set_judged();
    at_resume();
}

/* exit() in the body. A call by the user gives a verdict; a call by Criterion (cr_skip, test_die)
   does not. An exit in a fixture's fini ends the wait for leaks. */
static void on_exit_of_test(void)
{
    if (!criterion_alloc_in_test())
        return;
    if (criterion_alloc_measure_is_late())
        judge_late();
    if (!worker.in_body)
        return;
    struct at_stack stack;
    at_stack_capture(&stack, __builtin_return_address(0));
    if (at_attribution_counts(stack.frames, stack.n_frames)) {
        judge(true, false);
        judge_left_scope("a statement that exit() left");
    } else {
        at_suspend();
        criterion_alloc_measure_abandon();
        at_resume();
    }
    at_region_end_disposable(); /* before another worker takes the worker slot that mirrors it */
    criterion_alloc_measure_set_judged();
}

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr,
                "alloc_tracker: Criterion's %s was not found; link libcriterion.so, not "
                "libcriterion.a\n",
                name);
        abort();
    }
    return function;
}

void criterion_alloc_track(void)
{
    static bool tracks; /* atomic */
    if (worker.marked && !__atomic_exchange_n(&tracks, true, __ATOMIC_RELAXED))
        at_tracker_retain();
}

bool criterion_alloc_knows_sizes(void)
{
    return !worker.marked || criterion_alloc_measure_is_tracked();
}

void criterion_internal_test_setup(void)
{
    at_suspend();
    at_mark_set(&worker.mark);
    worker.marked = true;
    worker.thread = at_thread_get()->serial;
    worker.unobserved = criterion_alloc_measure_find_test();
    if (criterion_alloc_measure_is_tracked())
        criterion_alloc_track();
    const char *reason;
    if (!at_is_observable(&reason) && !at_unobserved_reason()) /* checked again at each end */
        worker.unobserved = reason;
    criterion_alloc_test_name_set(criterion_current_test->category, criterion_current_test->name);
    at_libc_atexit(on_exit_of_test);
    test_function *setup = (test_function *) next("criterion_internal_test_setup");
    at_resume();
    setup();
}

void criterion_internal_test_main(void (*fn)(void))
{
    worker.body = (body_function *) fn;
    void (*test_main)(test_function *) =
        (void (*)(test_function *)) next("criterion_internal_test_main");
    at_trace_set_outermost((const void *) run_body);
    test_main((test_function *) run_body);
    worker.in_body = false;
    if (criterion_alloc_measure_is_late())
        return;
    /* Also reached by longjmp: a failed assertion is the test's verdict. Without a failed assertion
       the worker slot stays taken, so that the runner checks its usage. */
    at_suspend();
    bool aborted = criterion_alloc_measure_abandon();
    at_region_end_disposable(); /* before another worker takes the worker slot that mirrors it */
    if (!aborted)
        criterion_alloc_measure_set_judged();
    at_resume();
}

/* A fixture is left by a failed assertion, which skips the others. */
static bool left_fini(void *data, uintptr_t target, bool certainly)
{
    (void) data;
    (void) target;
    (void) certainly;
    judge_late();
    return true;
}

static const struct at_scope_guard_type fini_type = { .kind = AT_GUARD_BLOCK, .left = left_fini };

/* Run the user's fixture. After the last one, while Criterion still accepts an assertion, compare
   leaks with their limit. */
static __attribute__((noinline)) void run_fini(test_function *fini, bool last)
{
    AT_KEEP_FRAME_POINTER();
    struct at_scope_guard guard;
    at_scope_guards_push(&guard, &fini_type, AT_CALLER_STACK_POINTER(), NULL, 0);
    fini();
    at_scope_guards_pop(&guard);
    if (last)
        judge_late();
}

static void test_fini(void)
{
    run_fini(worker.test_fini, !worker.suite_fini);
}

static void suite_fini(void)
{
    run_fini(worker.suite_fini, true);
}

void criterion_internal_test_teardown(void)
{
    test_function *teardown = (test_function *) next("criterion_internal_test_teardown");
    if (criterion_alloc_measure_is_late()) { /* only the worker's copies change */
        struct criterion_test_extra_data *test = criterion_current_test->data;
        struct criterion_test_extra_data *suite = criterion_current_suite->data;
        worker.test_fini = test->fini;
        worker.suite_fini = suite ? suite->fini : NULL;
        if (test->fini)
            test->fini = test_fini;
        if (worker.suite_fini)
            suite->fini = suite_fini;
    }
    teardown();
}

void cri_alloc_set_budget(struct at_budget budget, const char *file, unsigned line)
{
    if (!criterion_alloc_in_test())
        return; /* a child that the test forked has no verdict */
    at_suspend();
    criterion_alloc_measure_set_budget(&budget, file, line);
    at_resume();
}

struct at_usage cri_alloc_usage(void)
{
    return criterion_alloc_in_test() ? criterion_alloc_measure_usage() : (struct at_usage){ 0 };
}
