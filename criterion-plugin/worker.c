/* SPDX-License-Identifier: MIT */
/*
 * See worker.h. The test's trampoline, compiled into the user's suite, calls Criterion's exported
 * criterion_internal_test_setup() and criterion_internal_test_main(). Ours, defined in the
 * executable, come first, and pass Criterion's a body that measures the user's.
 */
#define _GNU_SOURCE
#include "worker.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "board.h"
#include "stack/capture.h"
#include "stack/module.h"
#include "stack/source.h"
#include "stack/trace.h"
#include "track/thread.h"
#include "verdict.h"

typedef void test_function(void);
typedef void body_function(void *parameter);

/* What Criterion's test trampoline calls; ours replace the ones in libcriterion. */
AT_API void criterion_internal_test_setup(void);
AT_API void criterion_internal_test_main(void (*fn)(void));

static struct {
    pid_t pid;
    uint32_t thread; /* serial of the thread that runs the body */
    const char *unobserved;
    struct criterion_alloc_board *board;
    struct criterion_alloc_slot *slot;
    struct criterion_alloc_budgets budgets;
    char headline[512];
    const char *file;
    unsigned line;
    body_function *body;
    struct at_region *regions[CRITERION_ALLOC_KINDS]; /* of the measured run, while it lasts */
    bool in_body;
    uintptr_t body_frame; /* the stack pointer there */
} worker;

bool criterion_alloc_in_test(void)
{
    return getpid() == worker.pid;
}

bool criterion_alloc_is_child(void)
{
    return worker.pid && getpid() != worker.pid;
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
    return worker.slot && getpid() == worker.pid ? &worker.slot->n_over : NULL;
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

static void judge_kind(struct at_region *region, const struct criterion_alloc_limits *limits)
{
    if (!criterion_alloc_judge(region, limits)) {
        struct criterion_alloc_verdict verdict =
            criterion_alloc_describe(region, limits, worker.headline, worker.file, worker.line);
        if (limits->warn && !limits->error[0])
            at_text_write(&verdict.text, STDERR_FILENO);
        else
            criterion_alloc_send(at_text_get(&verdict.text), verdict.file, verdict.line);
        criterion_alloc_verdict_free(&verdict);
    }
    at_region_free(region);
}

static void judge(void)
{
    at_suspend();
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++) {
        struct at_region *region = worker.regions[i];
        worker.regions[i] = NULL;
        if (region)
            judge_kind(region, &worker.budgets.kinds[i]);
    }
    at_resume();
}

static void set_judged(void)
{
    if (worker.slot)
        criterion_alloc_board_give_back(worker.slot);
    worker.slot = NULL;
}

static bool begin_kind(size_t i)
{
    struct at_region_options options = criterion_alloc_region_options(&worker.budgets.kinds[i]);
    if (worker.slot)
        options.mirror = &worker.slot->usage[i];
    if (at_region_open(&options, &worker.regions[i]) != AT_OK)
        return false;
    criterion_alloc_set_bounds(worker.regions[i], &worker.budgets.kinds[i]);
    return true;
}

static void begin(void)
{
    bool measured = true;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++)
        measured &= begin_kind(i);
    if (!measured)
        criterion_alloc_send("alloc_tracker: no memory for the tracker's own tables, so this test "
                             "was not measured; give the process more address space (ulimit -v)",
                             worker.file, worker.line);
}

static void run_body(void *parameter)
{
    worker.in_body = true;
    worker.body_frame = (uintptr_t) __builtin_frame_address(0);
    if (worker.unobserved) {
        criterion_alloc_send(worker.unobserved, worker.file, worker.line);
        worker.body(parameter);
        return;
    }
    for (unsigned i = 0; i < worker.budgets.warmup; i++)
        worker.body(parameter);
    for (unsigned i = 0; i < worker.budgets.repeat; i++) {
        begin();
        worker.body(parameter);
        judge();
    }
}

/* A statement or block that exit() left: it has no end to be judged at. */
static void judge_left_scope(void)
{
    struct at_region *region = at_region_find_over_bound();
    if (!region)
        return;
    struct criterion_alloc_limits limits = criterion_alloc_limits_none();
    for (int i = 0; i < AT_METRIC_LIVE; i++)
        limits.fields[i].max = region->bounds[i];
    at_region_end(region);
    at_suspend();
    struct criterion_alloc_verdict verdict = criterion_alloc_describe(
        region, &limits, "a statement that exit() left", worker.file, worker.line);
    criterion_alloc_send(at_text_get(&verdict.text), verdict.file, verdict.line);
    criterion_alloc_verdict_free(&verdict);
    at_resume();
}

/* exit() in the body: the user's call is judged, Criterion's own (cr_skip, test_die) is not. */
static void on_exit_in_body(void)
{
    if (!worker.in_body || !criterion_alloc_in_test())
        return;
    struct at_stack stack;
    at_stack_capture(&stack, __builtin_return_address(0));
    if (at_module_charges(stack.frames, stack.n_frames)) {
        judge();
        judge_left_scope();
    }
    at_region_end_disposable(); /* before others may take the slot that mirrors it */
    set_judged();
}

static void set_headline(const char *where, const char *file, unsigned line)
{
    char path[256];
    at_source_find(file, NULL, path, sizeof path);
    snprintf(worker.headline, sizeof worker.headline, "alloc budget of %s::%s%s %s:%u",
             criterion_current_test->category, criterion_current_test->name, where, path, line);
}

static void find_test(void)
{
    const struct criterion_test *test = criterion_current_test;
    worker.file = "unknown";
    worker.board = criterion_alloc_board_open(&worker.unobserved);
    if (!worker.board)
        return;
    uint32_t index = criterion_alloc_board_find(worker.board, test->category, test->name);
    if (index == worker.board->n_entries) {
        worker.unobserved = "alloc_tracker: the runner knew no such test before the first one ran";
        return;
    }
    const struct criterion_alloc_entry *entry = criterion_alloc_board_entry(worker.board, index);
    worker.slot = criterion_alloc_board_take(worker.board, index);
    if (!worker.slot)
        worker.unobserved =
            "alloc_tracker: too many tests ended without a verdict: no slot is left";
    worker.budgets = entry->budgets;
    worker.file = criterion_alloc_board_string(worker.board, entry->file);
    worker.line = entry->line;
    set_headline(" at", worker.file, worker.line);
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

void criterion_internal_test_setup(void)
{
    at_suspend();
    worker.pid = getpid();
    worker.thread = at_thread_get()->serial;
    worker.budgets = criterion_alloc_budgets_none();
    find_test();
    const char *reason;
    if (!at_is_tracking(&reason))
        worker.unobserved = reason;
    at_tracker_retain();
    atexit(on_exit_in_body);
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
    /* Also reached by longjmp: a failed assertion is the test's verdict, and without one the slot
       stays taken, so that the runner judges what it holds. */
    bool aborted = worker.regions[0] != NULL;
    worker.in_body = false;
    memset(worker.regions, 0, sizeof worker.regions);
    at_region_end_disposable(); /* before others may take the slot that mirrors it */
    if (!aborted)
        set_judged();
}

void cri_alloc_set_budget(struct cr_alloc_budget budget, const char *file, unsigned line)
{
    if (getpid() != worker.pid)
        return; /* a child that the test forked is not judged */
    struct criterion_alloc_budgets before = worker.budgets;
    criterion_alloc_budgets_add(&worker.budgets, &budget, CRITERION_ALLOC_TEST);
    worker.budgets.warmup = before.warmup;
    worker.budgets.repeat = before.repeat;
    at_suspend();
    set_headline(", set at", file, line);
    at_resume();
    if (worker.slot)
        worker.slot->budgets = worker.budgets;
    for (size_t i = 0; i < CRITERION_ALLOC_KINDS; i++) {
        if (!worker.regions[i])
            continue;
        if (criterion_alloc_limits_any(&worker.budgets.kinds[i]))
            at_region_want_sites(worker.regions[i]);
        criterion_alloc_set_bounds(worker.regions[i], &worker.budgets.kinds[i]);
    }
}

struct at_usage cri_alloc_usage(void)
{
    if (!criterion_alloc_in_test() || !worker.regions[0])
        return (struct at_usage){ 0 };
    return at_region_usage(worker.regions[0]);
}
