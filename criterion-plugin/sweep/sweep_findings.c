/* SPDX-License-Identifier: MIT */
/*
 * The findings of a sweep and their text. Runs whose texts differ only in the number of the
 * allocation are one finding. In a library without debug information, the comparison uses only the
 * function of the library that the user's code called. The message then has the full stack of the
 * first such run, because no other line shows the location in the library.
 */
#define _GNU_SOURCE
#include "sweep/sweep_findings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pages.h"
#include "base/text.h"
#include "symbols/source.h"
#include "symbols/stack_set.h"
#include "verdict/call_sites.h"
#include "worker/label.h"
#include "worker/worker.h"

enum { MAX_FINDINGS = 256, SHOWN = 10, NUMBERS_SHOWN = 8 };

struct finding {
    struct at_text what; /* "crash (SIGSEGV)" */
    struct at_text key;  /* location and details; findings with equal keys are one finding */
    struct at_text text; /* the text that is shown, of the first run */
    uint64_t count;
    uint64_t numbers[NUMBERS_SHOWN]; /* numbers of the failed allocations, ascending; 0: none */
    char file[512];
    unsigned line; /* 0: unknown */
};

struct criterion_alloc_findings {
    size_t n;
    size_t n_more;     /* findings that did not fit */
    uint64_t baseline; /* blocks that leak in the run without a failure */
    struct finding at[MAX_FINDINGS];
};

struct leak {
    uint32_t stack;       /* number in a set; AT_STACK_SET_NONE without memory */
    struct at_text entry; /* the function that was called */
    struct at_text text;  /* the stack */
    struct at_trace_called called;
    uint64_t count;
    uint64_t bytes;
};

/* Return the leak in `leaks` that has this stack; a new one, after `n` leaks, if there is none. */
static struct leak *find_leak(struct leak *leaks, size_t n, uint32_t stack)
{
    for (size_t i = 0; stack != AT_STACK_SET_NONE && i < n; i++)
        if (leaks[i].stack == stack)
            return &leaks[i];
    leaks[n] = (struct leak){ .stack = stack };
    return &leaks[n];
}

/* Write the run's leaks to `leaks`, those with equal stacks as one, and return their number. */
static size_t merge_leaks(struct leak *leaks, const struct cri_alloc_run *run)
{
    size_t n = 0;
    struct at_lookup known = { 0 };
    struct at_stack_set stacks = { 0 };
    for (size_t i = 0; i < CRITERION_ALLOC_RUN_LEAKS && i < run->n_leak_sites; i++) {
        const struct criterion_alloc_run_leak *from = &run->leaks[i];
        struct at_trace trace;
        bool traced = at_trace_site(&trace, &known, criterion_alloc_site_of(&from->site),
                                    at_messages_detail());
        struct leak *leak =
            find_leak(leaks, n, traced ? at_stack_set_put(&stacks, &trace) : AT_STACK_SET_NONE);
        if (traced)
            at_trace_called_add(&leak->called, &trace);
        if (traced && leak == &leaks[n])
            at_trace_print(&leak->text, &trace, "    ");
        n += leak == &leaks[n];
        if (traced) {
            leak->entry.length = 0;
            at_trace_print_entry(&leak->entry, &trace, &leak->called);
        }
        leak->count += from->count;
        leak->bytes += from->bytes;
    }
    at_stack_set_free(&stacks);
    at_lookup_free(&known);
    return n;
}

static void add_leaks(struct at_text *text, const struct cri_alloc_run *run)
{
    struct leak leaks[CRITERION_ALLOC_RUN_LEAKS];
    size_t n = merge_leaks(leaks, run);
    for (size_t i = 0; i < n; i++) {
        at_text_add_string(text, "  leaked: ");
        at_text_add_count(text, leaks[i].count);
        at_text_printf(text, " block%s, ", leaks[i].count == 1 ? "" : "s");
        at_text_add_count(text, leaks[i].bytes);
        at_text_printf(text, " byte%s  %s\n", leaks[i].bytes == 1 ? "" : "s",
                       at_text_get(&leaks[i].entry));
        at_text_add_string(text, at_text_get(&leaks[i].text));
        at_text_free(&leaks[i].entry);
        at_text_free(&leaks[i].text);
    }
    if (run->n_leak_sites > CRITERION_ALLOC_RUN_LEAKS) {
        uint64_t more = run->n_leak_sites - CRITERION_ALLOC_RUN_LEAKS;
        at_text_printf(text, "  ... and %llu more call site%s\n", (unsigned long long) more,
                       more == 1 ? "" : "s");
    }
}

/* Append the first lines of the run's output. */
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

/* Describe the allocation that was made to fail. */
static void describe_induced(struct finding *finding, const struct at_call_site *site)
{
    struct at_lookup known = { 0 };
    struct at_trace trace;
    bool brief = at_trace_site(&trace, &known, site, at_messages_detail());
    const struct at_trace_row *at = brief ? at_trace_location(&trace) : NULL;
    if (at) {
        snprintf(finding->file, sizeof finding->file, "%s", at->file);
        finding->line = (unsigned) at->line;
    }
    at_text_add_string(&finding->key, "  failed: ");
    if (brief)
        at_trace_print_entry(&finding->key, &trace, NULL);
    at_text_add_string(&finding->key, "\n");
    at_text_add_string(&finding->text, at_text_get(&finding->key));
    if (brief)
        at_trace_print(&finding->key, &trace, "    ");
    if (at_trace_site(&trace, &known, site, AT_TRACE_FULL))
        at_trace_print(&finding->text, &trace, "    ");
    at_lookup_free(&known);
}

static void describe_crash(struct finding *finding, const struct at_stack *stack)
{
    struct at_text *const texts[] = { &finding->key, &finding->text };
    struct at_lookup known = { 0 };
    for (int full = 0; full <= 1; full++) {
        struct at_trace trace;
        at_text_add_string(texts[full], "  crashed in\n");
        if (at_trace_stack(&trace, &known, AT_MALLOC, stack,
                           full ? AT_TRACE_FULL : at_messages_detail()))
            at_trace_print(texts[full], &trace, "    ");
    }
    at_lookup_free(&known);
}

static void describe(struct finding *finding, const struct cri_alloc_run *run)
{
    if (run->induced)
        describe_induced(finding, criterion_alloc_site_of(&run->site));
    if (run->crash.n_frames)
        describe_crash(finding, &run->crash);
    struct at_text rest = { 0 };
    add_leaks(&rest, run);
    if (run->finished && run->n_leaks && !run->failure.failed)
        at_text_add_string(&rest, "  hint: if the block is allocated only once, use .warmup = 1\n");
    if (run->asserted)
        add_output(&rest, run);
    at_text_add_string(&finding->key, at_text_get(&rest));
    at_text_add_string(&finding->text, at_text_get(&rest));
    at_text_free(&rest);
    if (!run->finished
        && !run->asserted) /* not in the key: output may have times and process ids */
        add_output(&finding->text, run);
}

/* Append the failure of a run to `what`. Return false if the run did not fail. `nth` is 0 for the
   run in which no allocation fails. */
static bool describe_failure(struct at_text *what, const struct cri_alloc_sweep *sweep,
                             uint64_t nth, int status,
                             const struct criterion_alloc_findings *findings)
{
    const struct cri_alloc_run *run = sweep->run;
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGALRM && !run->finished)
        at_text_printf(what, "not finished after %u s", criterion_alloc_run_timeout(sweep));
    else if (number)
        at_text_printf(what, "crash (SIG%s)", sigabbrev_np(number) ? sigabbrev_np(number) : "?");
    else if (run->asserted)
        at_text_add_string(what, "a failed assertion");
    else if (!run->finished)
        at_text_printf(what, "exit with status %d", WEXITSTATUS(status));
    else if (run->observed == AT_OBSERVED_PARTLY)
        at_text_add_string(what, "lost events (the tracker's tables are full: raise ulimit -v)");
    else if (run->observed == AT_UNOBSERVED)
        at_text_printf(what, "not observed (%s)", run->unobserved);
    else if (run->failure.unfailable && nth == 0)
        at_text_printf(what,
                       "%llu allocations by the sanitizer's operator new, which cannot be made to "
                       "fail (build without the sanitizer),",
                       (unsigned long long) run->failure.unfailable);
    else if (nth && !run->failure.failed)
        at_text_add_string(what, "fewer allocations than in the first run");
    else if (run->differs)
        at_text_add_string(what, "a different number of leaks in a repeated run");
    else if (run->n_leaks > findings->baseline)
        at_text_add_string(what, "leak");
    return what->length > 0;
}

static void finding_free(struct finding *finding)
{
    at_text_free(&finding->what);
    at_text_free(&finding->key);
    at_text_free(&finding->text);
}

static void add_finding(struct criterion_alloc_findings *findings, struct finding *finding,
                        uint64_t nth)
{
    for (size_t i = 0; i < findings->n; i++) {
        struct finding *other = &findings->at[i];
        if (strcmp(at_text_get(&other->what), at_text_get(&finding->what)) != 0
            || strcmp(at_text_get(&other->key), at_text_get(&finding->key)) != 0)
            continue;
        if (other->count < NUMBERS_SHOWN)
            other->numbers[other->count] = nth;
        other->count++;
        finding_free(finding);
        return;
    }
    if (findings->n == MAX_FINDINGS) {
        findings->n_more++;
        finding_free(finding);
        return;
    }
    finding->count = 1;
    finding->numbers[0] = nth;
    findings->at[findings->n++] = *finding;
}

void criterion_alloc_findings_examine(struct criterion_alloc_findings *findings,
                                      const struct cri_alloc_sweep *sweep, uint64_t nth, int status)
{
    struct finding finding = { .count = 0 };
    if (describe_failure(&finding.what, sweep, nth, status, findings)) {
        describe(&finding, sweep->run);
        add_finding(findings, &finding, nth);
    }
    if (nth == 0)
        findings->baseline = sweep->run->n_leaks;
}

static void add_numbers(struct at_text *text, const struct finding *finding, uint64_t n_allocs)
{
    if (finding->numbers[0] == 0) {
        at_text_add_string(text, " in the run without a failure\n");
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
        at_text_printf(text, " or one of %llu other allocations fails (the block makes %llu)\n",
                       (unsigned long long) finding->count - shown, (unsigned long long) n_allocs);
    else
        at_text_printf(text, " of %llu fails\n", (unsigned long long) n_allocs);
}

/* Return the number of runs with a failed allocation that have a finding. */
static uint64_t n_not_survived(const struct criterion_alloc_findings *findings)
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
    at_text_add_string(text, "cr_alloc_failure_sweep");
    criterion_alloc_label_add_at(text);
    at_text_printf(text, " %s:%u: ", path, sweep->line);
}

bool criterion_alloc_findings_send(const struct criterion_alloc_findings *findings,
                                   const struct cri_alloc_sweep *sweep)
{
    if (findings->n == 0)
        return false;
    size_t most = at_messages_are_verbose() ? MAX_FINDINGS : SHOWN;
    size_t shown = findings->n < most ? findings->n : most;
    struct at_text text = { 0 };
    add_head(&text, sweep);
    uint64_t n_failed = n_not_survived(findings);
    if (n_failed)
        at_text_printf(&text, "the block does not survive %llu of %llu failing allocations\n",
                       (unsigned long long) n_failed, (unsigned long long) sweep->n_allocs);
    else
        at_text_add_string(
            &text, "the block fails although no allocation fails; repair the block first\n");
    for (size_t i = 0; i < shown; i++) {
        const struct finding *finding = &findings->at[i];
        at_text_printf(&text, " \n%s", at_text_get(&finding->what));
        add_numbers(&text, finding, sweep->n_allocs);
        at_text_add_string(&text, at_text_get(&finding->text));
    }
    if (findings->n + findings->n_more > shown)
        at_text_printf(&text, "... and %zu more; ALLOC_TRACKER_VERBOSE=1 shows up to %d findings\n",
                       findings->n + findings->n_more - shown, MAX_FINDINGS);
    const struct finding *first = &findings->at[0];
    if (first->numbers[0])
        at_text_printf(&text,
                       " \nto debug the first failure: cr_alloc_failure_sweep(.only = %llu)\n",
                       (unsigned long long) first->numbers[0]);
    criterion_alloc_send(at_text_get(&text), first->line ? first->file : sweep->file,
                         first->line ? first->line : sweep->line);
    at_text_free(&text);
    return true;
}

void criterion_alloc_sweep_fail(const struct cri_alloc_sweep *sweep, const char *what,
                                const char *why)
{
    struct at_text text = { 0 };
    add_head(&text, sweep);
    at_text_printf(&text, "%s: %s\n", what, why);
    criterion_alloc_send(at_text_get(&text), sweep->file, sweep->line);
    at_text_free(&text);
}

void criterion_alloc_sweep_print(const struct cri_alloc_sweep *sweep)
{
    if (!at_messages_are_verbose())
        return;
    struct at_text text = { 0 };
    add_head(&text, sweep);
    at_text_printf(&text, "the block survives each of %llu failing allocations\n",
                   (unsigned long long) sweep->n_allocs);
    at_text_write(&text, STDERR_FILENO);
    at_text_free(&text);
}

struct criterion_alloc_findings *criterion_alloc_findings_new(void)
{
    return at_pages_new(sizeof(struct criterion_alloc_findings));
}

void criterion_alloc_findings_free(struct criterion_alloc_findings *findings)
{
    for (size_t i = 0; i < findings->n; i++)
        finding_free(&findings->at[i]);
    at_pages_free(findings, sizeof *findings);
}
