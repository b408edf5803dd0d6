/* SPDX-License-Identifier: MIT */
/*
 * See worker.h. Criterion's macros compile a trampoline into the suite for each test. The
 * trampoline calls criterion_internal_test_setup(), _main() and _teardown(). The plugin defines
 * functions of these names in the executable, which come before those of libcriterion. The plugin's
 * functions call Criterion's, with a body that measures the user's body.
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
#include "worker/label.h"
#include "worker/measure.h"
#include "worker/message.h"
#include "worker/verdict.h"

typedef void test_function(void);
typedef void body_function(void *parameter);

AT_API void criterion_internal_test_setup(void);
AT_API void criterion_internal_test_main(void (*fn)(void));
AT_API void criterion_internal_test_teardown(void);

static struct {
    struct at_mark mark; /* identifies the process without a system call */
    bool marked;
    uint32_t thread;          /* serial of the thread that runs the body */
    const char *unobserved;   /* the reason why the test cannot be measured, or NULL */
    body_function *body;      /* the user's body */
    test_function *test_fini; /* the user's functions, which the plugin's have replaced */
    test_function *suite_fini;
    bool in_body;         /* the body runs */
    uintptr_t body_frame; /* the stack pointer of the body */
} worker;

bool criterion_alloc_in_test(void)
{
    return worker.marked && at_mark_is_here(&worker.mark);
}

/* A child of vfork() shares the memory with the mark, so only getpid() recognises it. Criterion
   calls getpid() for each assertion too, so a system call is no change here. */
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

void criterion_alloc_send_unobserved(const char *what, const char *file, unsigned line)
{
    at_suspend();
    struct at_text message = { 0 };
    at_text_add_string(&message, what);
    criterion_alloc_label_add_at(&message);
    at_text_add_string(&message, " ");
    criterion_alloc_add_location(&message, file, line);
    at_text_add_string(&message, ": not observed: the code that contains it was loaded after the "
                                 "test had begun, so earlier blocks are unknown; link this code "
                                 "into the suite, or give the test a limit in .data\n");
    criterion_alloc_send(at_text_get(&message), file, line);
    at_text_free(&message);
    at_resume();
}

/* Fail the test, which was not measured for this reason, or only warn of it. */
static void send_reason(const char *reason, bool warns)
{
    at_suspend();
    struct at_text message = { 0 };
    criterion_alloc_label_add_prefix(&message);
    at_text_add_string(&message, reason);
    /* Without memory for the text, at least the reason. */
    const char *text = message.truncated ? reason : at_text_get(&message);
    (warns ? criterion_alloc_warning_send : criterion_alloc_send)(
        text, criterion_alloc_measure_file(), criterion_alloc_measure_line());
    at_text_free(&message);
    at_resume();
}

/* Begin a run of the body. Without memory, fail the test. */
static void begin_run(void)
{
    if (!criterion_alloc_measure_begin())
        send_reason("alloc_tracker: no memory for the tracker's own tables, so this test was not "
                    "measured; give the process more address space (ulimit -v)",
                    false);
}

/* End a run of the body; see criterion_alloc_measure_end(). */
static void end_run(bool last, bool may_wait)
{
    at_suspend();
    criterion_alloc_measure_end(last, may_wait);
    at_resume();
}

/* Send a verdict about a statement or block that is over its budget and did not reach its end,
   because the test called exit(), or because a thread has not finished the statement. `which` is
   the beginning of the message. */
static void check_unfinished_scope(const char *which)
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
    struct at_text headline = { 0 };
    criterion_alloc_label_add_prefix(&headline);
    at_text_add_string(&headline, which);
    const struct at_verdict_headline where = { at_text_get(&headline), NULL, 0 };
    struct at_verdict_message verdict = criterion_alloc_describe(
        region, &limits, &where, criterion_alloc_measure_file(), criterion_alloc_measure_line());
    criterion_alloc_send(at_text_get(&verdict.text), verdict.file, verdict.line);
    at_text_free(&verdict.text);
    at_text_free(&headline);
    at_resume();
}

/* Run the body once. Close the scope guards that are still open then: their frames were left, and
   the library did not notice. */
static void run_once(void *parameter)
{
    worker.body(parameter);
    at_scope_guards_settle(true);
}

/* The body that Criterion runs: run and measure the user's body. */
static void run_body(void *parameter)
{
    AT_KEEP_FRAME_POINTER();
    worker.in_body = true;
    worker.body_frame = (uintptr_t) __builtin_frame_address(0);
    at_suspend();
    criterion_alloc_measure_set_parameter(criterion_current_test->data->param_ ? parameter : NULL);
    if (worker.unobserved) {
        bool fails = criterion_alloc_measure_record_unobserved(worker.unobserved);
        if (fails || at_limits_any(criterion_alloc_measure_limits()))
            send_reason(worker.unobserved, !fails);
    }
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
        begin_run();
        run_once(parameter);
        end_run(i == n_runs, true);
    }
    check_unfinished_scope("a statement that a thread had not finished when the test ended");
}

/* Compare the leaks with their limit, after the fixtures' fini. The test then has a verdict. */
static void check_leaks(void)
{
    at_suspend();
    criterion_alloc_measure_check_leaks();
    at_region_end_disposable(); /* before another worker can take the slot that mirrors the usage */
    criterion_alloc_measure_give_slot_back();
    at_resume();
}

/* Called by exit(). If the test called exit() in the body, end the run with a verdict. If Criterion
   called exit() (cr_skip, test_die), end the run without a verdict. If a fixture's fini called
   exit(), compare the leaks now. In a child that the test forked, check the statement that exit()
   left: a failed assertion makes the exit status of the child EXIT_FAILURE. */
static void on_exit_of_test(void)
{
    if (criterion_alloc_is_child()) {
        check_unfinished_scope("a statement that exit() interrupted");
        criterion_alloc_child_end_if_failed();
        return;
    }
    if (criterion_alloc_measure_is_late())
        check_leaks();
    if (!worker.in_body)
        return;
    struct at_stack stack;
    at_stack_capture(&stack, __builtin_return_address(0));
    if (at_attribution_counts(stack.frames, stack.n_frames)) {
        end_run(true, false);
        check_unfinished_scope("a statement that exit() interrupted");
    } else {
        at_suspend();
        criterion_alloc_measure_abandon();
        at_resume();
    }
    at_region_end_disposable(); /* before another worker can take the slot that mirrors the usage */
    criterion_alloc_measure_give_slot_back();
}

/* Return Criterion's function of this name. End the process if there is none. */
static void *find_next(const char *name)
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
    if (!criterion_alloc_is_off() && !at_is_observable(&reason)
        && !at_unobserved_reason()) /* each region's end checks again */
        worker.unobserved = reason;
    criterion_alloc_test_name_set(criterion_current_test->category, criterion_current_test->name);
    at_libc_atexit(on_exit_of_test);
    test_function *setup = (test_function *) find_next("criterion_internal_test_setup");
    at_resume();
    setup();
}

void criterion_internal_test_main(void (*fn)(void))
{
    worker.body = (body_function *) fn;
    void (*test_main)(test_function *) =
        (void (*)(test_function *)) find_next("criterion_internal_test_main");
    at_trace_set_outermost((const void *) run_body);
    test_main((test_function *) run_body);
    worker.in_body = false;
    if (criterion_alloc_measure_is_late())
        return;
    /* A failed assertion jumps to here too, and is the verdict of the test. If a run is in
       progress, the worker slot stays taken, so that the runner checks the usage. */
    at_suspend();
    bool aborted = criterion_alloc_measure_abandon();
    at_region_end_disposable(); /* before another worker can take the slot that mirrors the usage */
    if (!aborted)
        criterion_alloc_measure_give_slot_back();
    at_resume();
}

/* Called when a failed assertion leaves a fixture's fini. Criterion skips the other fixtures. */
static bool end_left_fini(void *data, uintptr_t target, bool certainly)
{
    (void) data;
    (void) target;
    (void) certainly;
    check_leaks();
    return true;
}

static const struct at_scope_guard_type fini_type = { .kind = AT_GUARD_BLOCK,
                                                      .left = end_left_fini };

/* Run a fixture of the user. After the last one, compare the leaks with their limit, because
   Criterion still accepts an assertion here. */
static __attribute__((noinline)) void run_fini(test_function *fini, bool last)
{
    AT_KEEP_FRAME_POINTER();
    struct at_scope_guard guard;
    at_scope_guards_push(&guard, &fini_type, AT_CALLER_STACK_POINTER(), NULL, 0);
    fini();
    at_scope_guards_pop(&guard);
    if (last)
        check_leaks();
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
    test_function *teardown = (test_function *) find_next("criterion_internal_test_teardown");
    if (criterion_alloc_measure_is_late()) { /* this changes only the worker's copy of the test */
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
    if (!criterion_alloc_in_test() || criterion_alloc_is_off())
        return; /* a child that the test forked has no verdict of its own */
    at_suspend();
    criterion_alloc_measure_set_budget(&budget, file, line);
    at_resume();
}

struct at_usage cri_alloc_usage(void)
{
    return criterion_alloc_in_test() ? criterion_alloc_measure_usage() : (struct at_usage){ 0 };
}
