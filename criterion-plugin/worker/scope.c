/* SPDX-License-Identifier: MIT */
/*
 * The functions that the macros for statements and blocks call. A struct cri_alloc_scope is in the
 * stack frame of the user's function. Its region is not, so a longjmp() out of the frame leaves no
 * invalid pointer behind: the end of the test ends the region.
 */
#define _GNU_SOURCE
#include "worker/scope.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exceptions.h"
#include "guard/permit.h"
#include "guard/scope_guards.h"
#include "symbols/function_name.h"
#include "symbols/trace.h"
#include "track/thread.h"
#include "verdict/describe.h"
#include "verdict/macro_text.h"
#include "verdict/verdict.h"
#include "worker/label.h"
#include "worker/message.h"
#include "worker/verdict.h"
#include "worker/worker.h"

struct at_budget cri_alloc_forbid(enum cri_alloc_forbidden forbidden)
{
    struct at_budget budget = { .tag = cri_alloc_budget_tag };
    const struct at_limit none = at_most(0);
    if (forbidden & CRI_ALLOC_ALLOCS)
        budget.allocs = none;
    if (forbidden & CRI_ALLOC_FREES)
        budget.frees = none;
    if (forbidden & CRI_ALLOC_LEAKS)
        budget.leaks = none;
    return budget;
}

struct at_limits criterion_alloc_scope_limits(const struct cri_alloc_scope *scope)
{
    struct at_limits limits = { 0 };
    at_limits_add(&limits, &scope->budget, AT_SOURCE_STATEMENT);
    if (limits.repeat == 0)
        limits.repeat = 1;
    return limits;
}

/*
 * End a scope whose frame was left by a jump, or in an unknown way. Return whether it ended. A jump
 * that ends the test is not checked: the test has failed, or its limits are compared with the usage
 * until then. If it is uncertain that the frame was left, the scope goes on, unless it is finally
 * over its budget.
 */
static bool end_left_scope(void *data, uintptr_t target, bool certainly)
{
    struct cri_alloc_scope *scope = data;
    if (criterion_alloc_may_abort() && criterion_alloc_ends_test(target))
        return true;
    if (!certainly && !(scope->region && at_region_is_over_bound(scope->region)))
        return false;
    scope->jumped = true;
    scope->guard.id = 0; /* this is a copy without a scope guard */
    cri_alloc_scope_leave(scope);
    return true;
}

/* Stop the measurement of a scope. */
static void stop_scope(void *data)
{
    struct cri_alloc_scope *scope = data;
    if (!scope->region)
        return;
    at_region_find_leaks(scope->region);
    at_region_end(scope->region);
}

static const struct at_scope_guard_type scope_type = {
    .kind = AT_GUARD_BLOCK,
    .left = end_left_scope,
    .stop = stop_scope,
};

_Static_assert(sizeof(struct cri_alloc_scope) <= AT_GUARD_DATA_BYTES,
               "a scope guard stores a copy");

/* Return whether a jump left the block, but not the frame. The scope is then empty. */
static bool was_left(struct cri_alloc_scope *scope)
{
    if (!at_scope_guards_was_left(&scope->guard))
        return false;
    scope->region = NULL;
    scope->open = scope->failed = false;
    return true;
}

struct cri_alloc_scope cri_alloc_scope_open(struct at_budget budget, bool fatal, const char *name,
                                            const char *budget_text, const char *text,
                                            const char *file, unsigned line)
{
    return (struct cri_alloc_scope){
        .budget = budget,
        .name = name,
        .budget_text = budget_text,
        .text = text,
        .file = file,
        .line = line,
        .fatal = fatal,
        .open = true,
        .exceptions = at_exceptions_in_flight(),
    };
}

/* Append the text of a statement or criterion. A text of more than 80 columns is cut, unless
   messages are verbose. */
static void add_statement(struct at_text *text, const struct cri_alloc_scope *scope)
{
    enum { MAX_COLUMNS = 80 };
    /* The text of a statement may end with the user's message. That of a criterion does not. */
    size_t length = scope->is_criterion ? strlen(scope->text) : at_macro_text_first(scope->text);
    size_t start = text->length;
    at_macro_text_add(text, scope->text, length);
    if (at_messages_are_verbose()
        || at_columns(text->data + start, text->length - start) <= MAX_COLUMNS)
        return;
    while (at_columns(text->data + start, text->length - start) > MAX_COLUMNS - 3)
        text->length--;
    at_text_add_string(text, "...");
}

void criterion_alloc_scope_headline(struct at_text *text, const struct cri_alloc_scope *scope)
{
    at_text_add_string(text, scope->name);
    if (scope->budget_text || scope->text)
        at_text_add_string(text, "(");
    if (scope->budget_text)
        at_macro_text_add_budget(text, scope->budget_text);
    if (scope->budget_text && scope->text)
        at_text_add_string(text, ", ");
    if (scope->text)
        add_statement(text, scope);
    if (scope->budget_text || scope->text)
        at_text_add_string(text, ")");
}

struct at_verdict_message criterion_alloc_scope_describe(const struct cri_alloc_scope *scope)
{
    const struct at_limits limits = criterion_alloc_scope_limits(scope);
    struct at_text headline = { 0 };
    criterion_alloc_scope_headline(&headline, scope);
    criterion_alloc_label_add_at(&headline);
    const struct at_verdict_headline where = { at_text_get(&headline), scope->file, scope->line };
    struct at_verdict_message message =
        criterion_alloc_describe(scope->region, &limits, &where, scope->file, scope->line);
    at_text_free(&headline);
    return message;
}

/* Send or print the message about a scope that is not within its budget, after the user's own. */
static void report_scope(const struct cri_alloc_scope *scope, const char *user_message)
{
    const struct at_limits limits = criterion_alloc_scope_limits(scope);
    struct at_text message = { 0 };
    struct at_verdict_message verdict = criterion_alloc_scope_describe(scope);
    if (user_message && *user_message)
        at_text_printf(&message, "%s\n", user_message);
    at_text_add_string(&message, at_text_get(&verdict.text));
    if (at_limits_only_warn(&limits))
        criterion_alloc_warning_send(at_text_get(&message), verdict.file, verdict.line);
    else
        criterion_alloc_send(at_text_get(&message), verdict.file, verdict.line);
    at_text_free(&verdict.text);
    at_text_free(&message);
}

/* Record a failed assertion with Criterion. End the test if the assertion is fatal and the thread
   allows it. */
static void fail_test(struct cri_alloc_scope *scope, bool unwinding)
{
    const struct at_limits limits = criterion_alloc_scope_limits(scope);
    bool fatal = scope->fatal;
    scope->region = at_region_free(scope->region);
    if (at_limits_only_warn(&limits))
        return;
    if (!criterion_alloc_in_test() && fatal)
        _exit(EXIT_FAILURE); /* of a forked child; its parent checks the status */
    if (fatal && !unwinding && criterion_alloc_may_abort())
        criterion_abort_test();
    criterion_continue_test();
}

static void begin_run(struct cri_alloc_scope *scope, const struct at_limits *limits)
{
    struct at_region_options options = criterion_alloc_region_options(limits);
    if (!limits->error[0])
        options.scope = scope->budget.scope;
    options.n_over = criterion_alloc_n_over();
    criterion_alloc_track();
    /* A warm-up run has a region too, without bounds, and its usage is not compared. */
    if (at_region_open(&options, &scope->region) != AT_OK) {
        criterion_alloc_send("alloc_tracker: no memory for the tracker's own tables, so this "
                             "statement was not measured; give the process more address space "
                             "(ulimit -v)",
                             scope->file, scope->line);
        return;
    }
    if (scope->runs > limits->warmup)
        at_verdict_set_bounds(scope->region, limits);
}

/* End the run in progress. Return false if it was measured and is not within the budget. */
static bool end_run(struct cri_alloc_scope *scope, const struct at_limits *limits)
{
    if (!scope->region)
        return true; /* begin_run() has sent a failure */
    bool measured = scope->runs > limits->warmup;
    if (measured) {
        at_verdict_end_region(scope->region, limits);
        if (!at_verdict_is_within(scope->region, limits))
            return false;
    }
    bool last = scope->runs == limits->warmup + limits->repeat;
    if (!scope->is_criterion || !last) /* a criterion that is met may fail in not() */
        scope->region = at_region_free(scope->region);
    return true;
}

/* Return whether the statement cannot be measured. The test has failed for it then. */
static bool is_unobserved(const struct cri_alloc_scope *scope)
{
    if (criterion_alloc_unobserved())
        return true;
    if ((!scope->budget.peak.code && !scope->budget.live.code) || criterion_alloc_knows_sizes())
        return false;
    if (scope->runs == 0) {
        at_suspend();
        struct at_text headline = { 0 };
        criterion_alloc_scope_headline(&headline, scope);
        criterion_alloc_send_unobserved(at_text_get(&headline), scope->file, scope->line);
        at_text_free(&headline);
        at_resume();
    }
    return true;
}

__attribute__((noinline)) bool cri_alloc_scope_next(struct cri_alloc_scope *scope)
{
    if (!scope->open || was_left(scope))
        return false;
    if (is_unobserved(scope)) {
        scope->open = scope->runs++ == 0; /* the test has failed; run the code once */
        return scope->open;
    }
    if (scope->runs == 0)
        at_scope_guards_push(&scope->guard, &scope_type, AT_CALLER_STACK_POINTER(), NULL, 0);
    at_suspend();
    struct at_limits limits = criterion_alloc_scope_limits(scope);
    scope->failed = !end_run(scope, &limits);
    scope->open = !scope->failed && scope->runs < limits.warmup + limits.repeat;
    bool passed = !scope->failed && !scope->open;
    if (scope->open) {
        scope->runs++;
        begin_run(scope, &limits);
    }
    at_resume();
    if (scope->open)
        at_scope_guards_update(&scope->guard, scope, sizeof *scope);
    else
        at_scope_guards_pop(&scope->guard);
    if (passed && !scope->is_criterion)
        cri_asserts_passed_incr();
    return scope->open;
}

void cri_alloc_scope_fail(struct cri_alloc_scope *scope, const char *format, ...)
{
    at_suspend();
    va_list args;
    va_start(args, format);
    char *user_message = NULL;
    int n = vasprintf(&user_message, format, args);
    va_end(args);
    report_scope(scope,
                 n > 0 ? user_message + 1 : NULL); /* the macro adds "x", so it is not empty */
    free(n >= 0 ? user_message : NULL);
    at_resume();
    scope->failed = false;
    fail_test(scope, false);
}

void cri_alloc_scope_leave(struct cri_alloc_scope *scope)
{
    if (was_left(scope))
        return;
    at_scope_guards_pop(&scope->guard);
    if (scope->open && scope->region && !criterion_alloc_unobserved()) {
        at_suspend();
        struct at_limits limits = criterion_alloc_scope_limits(scope);
        scope->failed = !end_run(scope, &limits);
        at_resume();
        if (!scope->failed)
            cri_asserts_passed_incr();
    }
    scope->open = false;
    if (scope->is_criterion && !scope->expected) /* left before its end, so its value is unknown */
        scope->failed = false;
    if (!scope->failed) {
        scope->region = at_region_free(scope->region);
        return;
    }
    scope->failed = false;
    at_suspend();
    report_scope(scope, NULL);
    at_resume();
    fail_test(scope, scope->jumped || at_exceptions_in_flight() > scope->exceptions);
}

struct at_permit cri_alloc_permit(void)
{
    return (struct at_permit){ 0 };
}

__attribute__((noinline)) bool cri_alloc_permit_next(struct at_permit *permit)
{
    if (permit->begun) {
        at_permit_end(permit);
        return false;
    }
    at_permit_open(permit, AT_CALLER_STACK_POINTER());
    return true;
}

__attribute__((noinline)) void cri_alloc_suspend(struct at_scope_guard *guard)
{
    at_scope_guards_push(guard, &at_scope_guard_framework, AT_CALLER_STACK_POINTER(), NULL, 0);
}

void cri_alloc_resume(struct at_scope_guard *guard)
{
    at_scope_guards_pop(guard);
}

char *cri_alloc_copy(const char *text)
{
    return strdup(text);
}
