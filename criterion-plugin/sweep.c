/* SPDX-License-Identifier: MIT */
/*
 * cr_alloc_failure_sweep: its runs, one after another, and what to say about those that did harm.
 * Findings that read the same, but for the number of the allocation, are one.
 */
#define _GNU_SOURCE
#include "sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/pages.h"
#include "groups.h"
#include "guard/frames.h"
#include "stack/source.h"
#include "track/region.h"
#include "track/thread.h"
#include "worker.h"

enum { MAX_FINDINGS = 256, SHOWN = 10, NUMBERS_SHOWN = 8 };

struct finding {
    struct at_text what; /* "crash (SIGSEGV)" */
    struct at_text text; /* where, and its details */
    uint64_t count;
    uint64_t numbers[NUMBERS_SHOWN]; /* of the allocations that failed, ascending; 0: none did */
    char file[512];
    unsigned line; /* 0: unknown */
};

struct findings {
    size_t n;
    size_t n_more;     /* that did not fit */
    uint64_t baseline; /* blocks that leak when nothing fails */
    struct finding at[MAX_FINDINGS];
};

static void add_trace(struct at_text *text, struct at_trace *trace)
{
    if (!trace)
        return;
    at_trace_print(text, trace, "    ");
    at_trace_free(trace);
}

static void add_leaks(struct at_text *text, const struct cri_alloc_run *run)
{
    for (size_t i = 0; i < CRITERION_ALLOC_RUN_LEAKS && i < run->n_leak_sites; i++) {
        const struct criterion_alloc_run_leak *leak = &run->leaks[i];
        struct at_trace *trace = criterion_alloc_trace_new(criterion_alloc_site_of(&leak->site));
        at_text_add_string(text, "  leaked: ");
        at_text_add_number(text, (int64_t) leak->count);
        at_text_printf(text, " block%s, ", leak->count == 1 ? "" : "s");
        at_text_add_number(text, (int64_t) leak->bytes);
        at_text_printf(text, " byte%s  %s\n", leak->bytes == 1 ? "" : "s",
                       trace ? trace->entry : "");
        add_trace(text, trace);
    }
    if (run->n_leak_sites > CRITERION_ALLOC_RUN_LEAKS)
        at_text_printf(text, "  ... and %llu more sites\n",
                       (unsigned long long) run->n_leak_sites - CRITERION_ALLOC_RUN_LEAKS);
}

static void add_output(struct at_text *text, const struct cri_alloc_run *run)
{
    const char *line = run->output + strspn(run->output, "\n");
    for (int i = 0; i < 5 && *line; i++) {
        int length = (int) strcspn(line, "\n");
        at_text_printf(text, "  | %.*s\n", length, line);
        line += length;
        line += strspn(line, "\n");
    }
    if (*line)
        at_text_add_string(text, "  | ...\n");
}

/* Where the allocation was made to fail, and the rest of what is known. */
static void describe(struct finding *finding, const struct cri_alloc_run *run)
{
    if (run->induced) {
        struct at_trace *trace = criterion_alloc_trace_new(criterion_alloc_site_of(&run->site));
        const struct at_frame *at = trace ? at_trace_location(trace) : NULL;
        if (at) {
            snprintf(finding->file, sizeof finding->file, "%s", at->file);
            finding->line = (unsigned) at->line;
        }
        at_text_printf(&finding->text, "  failed: %s\n", trace ? trace->entry : "");
        add_trace(&finding->text, trace);
    }
    if (run->crash.n_frames) {
        at_text_add_string(&finding->text, "  crashed in\n");
        add_trace(&finding->text, criterion_alloc_trace_stack(AT_MALLOC, run->crash.frames,
                                                              run->crash.n_frames, run->crash.cut));
    }
    add_leaks(&finding->text, run);
    if (run->finished && run->n_leaks && !run->failure.failed)
        at_text_add_string(&finding->text, "  hint: what is allocated once and kept is none with "
                                           ".warmup = 1\n");
    if (!run->finished || run->asserted)
        add_output(&finding->text, run);
}

/* What a run did that it must not, or false. `nth` is 0 for the one in which nothing fails. */
static bool find_harm(struct at_text *what, const struct cri_alloc_sweep *sweep, uint64_t nth,
                      int status, const struct findings *findings)
{
    const struct cri_alloc_run *run = sweep->run;
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGALRM && !run->finished)
        at_text_printf(what, "no end within %u s", criterion_alloc_run_timeout(sweep));
    else if (number)
        at_text_printf(what, "crash (SIG%s)", sigabbrev_np(number) ? sigabbrev_np(number) : "?");
    else if (run->asserted)
        at_text_add_string(what, "a failed assertion");
    else if (!run->finished)
        at_text_printf(what, "exit with status %d", WEXITSTATUS(status));
    else if (run->dropped)
        at_text_add_string(what, "events that did not fit the tracker's tables (ulimit -v?)");
    else if (run->failure.unfailable && nth == 0)
        at_text_printf(what,
                       "%llu allocations by the sanitizer's operator new, which cannot be made to "
                       "fail: build without the sanitizer",
                       (unsigned long long) run->failure.unfailable);
    else if (nth && !run->failure.failed)
        at_text_printf(what, "another number of allocations than before");
    else if (run->n_leaks > findings->baseline)
        at_text_printf(what, "leak");
    return what->length > 0;
}

static void add_finding(struct findings *findings, struct finding *finding, uint64_t nth)
{
    for (size_t i = 0; i < findings->n; i++) {
        struct finding *other = &findings->at[i];
        if (strcmp(at_text_get(&other->what), at_text_get(&finding->what)) != 0
            || strcmp(at_text_get(&other->text), at_text_get(&finding->text)) != 0)
            continue;
        if (other->count < NUMBERS_SHOWN)
            other->numbers[other->count] = nth;
        other->count++;
        at_text_free(&finding->what);
        at_text_free(&finding->text);
        return;
    }
    if (findings->n == MAX_FINDINGS) {
        findings->n_more++;
        at_text_free(&finding->what);
        at_text_free(&finding->text);
        return;
    }
    finding->count = 1;
    finding->numbers[0] = nth;
    findings->at[findings->n++] = *finding;
}

static void examine(struct findings *findings, struct cri_alloc_sweep *sweep, uint64_t nth,
                    int status)
{
    struct finding finding = { .count = 0 };
    if (find_harm(&finding.what, sweep, nth, status, findings)) {
        describe(&finding, sweep->run);
        add_finding(findings, &finding, nth);
    }
    if (nth == 0)
        findings->baseline = sweep->run->n_leaks;
}

static void add_numbers(struct at_text *text, const struct finding *finding, uint64_t n_allocs)
{
    if (finding->numbers[0] == 0) {
        at_text_add_string(text, " when nothing fails\n");
        return;
    }
    at_text_printf(text, " when allocation ");
    uint64_t shown = finding->count < NUMBERS_SHOWN ? finding->count : NUMBERS_SHOWN;
    for (uint64_t i = 0; i < shown; i++)
        at_text_printf(text, "%s%llu",
                       i == 0                    ? ""
                       : i + 1 == finding->count ? " or "
                                                 : ", ",
                       (unsigned long long) finding->numbers[i]);
    if (finding->count > shown)
        at_text_printf(text, " or one of %llu others", (unsigned long long) finding->count - shown);
    at_text_printf(text, " of %llu fails\n", (unsigned long long) n_allocs);
}

static uint64_t n_harmful(const struct findings *findings)
{
    uint64_t n = findings->n_more;
    for (size_t i = 0; i < findings->n; i++)
        if (findings->at[i].numbers[0])
            n += findings->at[i].count;
    return n;
}

static void add_head(struct at_text *text, const struct cri_alloc_sweep *sweep)
{
    char path[512];
    at_source_find(sweep->file, NULL, path, sizeof path);
    at_text_printf(text, "cr_alloc_failure_sweep at %s:%u: ", path, sweep->line);
}

static void send(struct cri_alloc_sweep *sweep, const struct findings *findings)
{
    const char *all = getenv("ALLOC_TRACKER_VERBOSE");
    size_t most = all && *all && strcmp(all, "0") != 0 ? MAX_FINDINGS : SHOWN;
    size_t shown = findings->n < most ? findings->n : most;
    struct at_text text = { 0 };
    add_head(&text, sweep);
    uint64_t harmful = n_harmful(findings);
    if (harmful)
        at_text_printf(&text, "%llu of %llu failing allocations did harm\n",
                       (unsigned long long) harmful, (unsigned long long) sweep->n_allocs);
    else
        at_text_add_string(&text, "the block did harm by itself\n");
    for (size_t i = 0; i < shown; i++) {
        const struct finding *finding = &findings->at[i];
        at_text_printf(&text, " \n%s", at_text_get(&finding->what));
        add_numbers(&text, finding, sweep->n_allocs);
        at_text_add_string(&text, at_text_get(&finding->text));
    }
    if (findings->n + findings->n_more > shown)
        at_text_printf(&text, "... and %zu more\n", findings->n + findings->n_more - shown);
    const struct finding *first = &findings->at[0];
    if (first->numbers[0])
        at_text_printf(&text, " \nin a debugger: cr_alloc_failure_sweep(.only = %llu)\n",
                       (unsigned long long) first->numbers[0]);
    criterion_alloc_send(at_text_get(&text), first->line ? first->file : sweep->file,
                         first->line ? first->line : sweep->line);
    at_text_free(&text);
}

static void fail(const struct cri_alloc_sweep *sweep, const char *what, const char *why)
{
    struct at_text text = { 0 };
    add_head(&text, sweep);
    at_text_printf(&text, "%s: %s\n", what, why);
    criterion_alloc_send(at_text_get(&text), sweep->file, sweep->line);
    at_text_free(&text);
}

/* Forks and examines every run. True in a child, whose block is to be run; else `*passed` is set.
 */
static bool run_children(struct cri_alloc_sweep *sweep, struct findings *findings, bool *passed)
{
    int output;
    if (!criterion_alloc_run_new(&sweep->run, &output)) {
        fail(sweep, "no memory to share with its runs", strerror(errno));
        return false;
    }
    for (uint64_t nth = 0; nth <= sweep->n_allocs; nth++) {
        int status = 0;
        pid_t child = criterion_alloc_run_fork(sweep, nth, output, &status);
        if (child == 0)
            return true;
        if (child < 0) {
            fail(sweep, "a run could not be started", strerror(errno));
            *passed = false;
            break;
        }
        examine(findings, sweep, nth, status);
        if (nth == 0 && sweep->run->finished)
            sweep->n_allocs = sweep->run->failure.allocs;
    }
    criterion_alloc_run_free(sweep->run, output);
    sweep->run = NULL;
    if (findings->n)
        send(sweep, findings);
    *passed &= findings->n == 0;
    return false;
}

static void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        at_text_free(&findings->at[i].what);
        at_text_free(&findings->at[i].text);
    }
    at_pages_free(findings, sizeof *findings);
}

/* The run in the test itself: without a failure, or with the only one that was asked for. */
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

static void end_last(struct cri_alloc_sweep *sweep)
{
    struct at_failure failure = at_fail_end();
    sweep->last = false;
    char why[128];
    if (sweep->options.only && !failure.failed) {
        snprintf(why, sizeof why, "the block made %llu", (unsigned long long) failure.allocs);
        fail(sweep, "there is no such allocation", why);
    } else if (!sweep->options.only && failure.allocs != sweep->n_allocs) {
        snprintf(why, sizeof why, "%llu, then %llu", (unsigned long long) sweep->n_allocs,
                 (unsigned long long) failure.allocs);
        fail(sweep, "two runs without a failure differ in their number of allocations", why);
    } else {
        cri_asserts_passed_incr();
    }
}

static bool begin(struct cri_alloc_sweep *sweep)
{
    if (criterion_alloc_unobserved() || sweep->options.only)
        return begin_last(sweep);
    at_suspend();
    struct findings *findings = at_pages_new(sizeof *findings);
    bool passed = findings;
    bool in_child = false;
    if (findings)
        in_child = run_children(sweep, findings, &passed);
    else
        fail(sweep, "no memory for its findings", "give the process more address space");
    if (!in_child && findings)
        findings_free(findings);
    at_resume();
    if (in_child)
        return true;
    if (passed)
        return begin_last(sweep);
    at_frames_pop(&sweep->guard);
    if (criterion_alloc_may_abort())
        criterion_abort_test();
    criterion_continue_test();
    return false;
}

static bool left(struct at_frame_guard *guard, uintptr_t target, bool certainly)
{
    struct cri_alloc_sweep *sweep = (struct cri_alloc_sweep *) guard;
    (void) target;
    if (!certainly)
        return false;
    if (sweep->in_child)
        criterion_alloc_run_finish(sweep);
    if (sweep->last)
        at_fail_end();
    sweep->last = false;
    return true;
}

struct cri_alloc_sweep cri_alloc_sweep_open(struct cr_alloc_sweep_options options, const char *file,
                                            unsigned line)
{
    return (struct cri_alloc_sweep){
        .guard.left = left,
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
    if (sweep->warmed < sweep->options.warmup) {
        sweep->warmed++;
        return true;
    }
    at_frames_push(&sweep->guard, AT_CALLER_STACK_POINTER());
    return begin(sweep);
}

void cri_alloc_sweep_leave(struct cri_alloc_sweep *sweep)
{
    if (sweep->in_child)
        criterion_alloc_run_finish(sweep);
    at_frames_pop(&sweep->guard);
    if (!sweep->last)
        return;
    at_suspend();
    end_last(sweep);
    at_resume();
}
