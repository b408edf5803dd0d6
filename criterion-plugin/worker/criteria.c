/* SPDX-License-Identifier: MIT */
/*
 * Criteria of new-style assertions: no_alloc() and the others. A criterion whose value is not the
 * expected one leaves a finding in its node of the assertion's tree. Criterion prints nodes on the
 * console only. So the findings of a failed assertion become its message, which every output has,
 * and the location of the first finding becomes that of the assertion.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/new/assert.h>

#include "base/pages.h"
#include "track/observed.h"
#include "track/thread.h"
#include "verdict/describe.h"
#include "worker/label.h"
#include "worker/message.h"
#include "worker/scope.h"
#include "worker/verdict.h"
#include "worker/worker.h"

/* Replaces the function of libcriterion that every failed new-style assertion calls. */
AT_API void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree);

struct finding {
    struct at_text text;
    char file[512];
    unsigned line;
};

struct cri_alloc_scope cri_alloc_criterion_open(struct at_budget budget, int expected,
                                                const char *name, const char *budget_text,
                                                const char *text, const char *file, unsigned line)
{
    struct cri_alloc_scope scope =
        cri_alloc_scope_open(budget, false, name, budget_text, text, file, line);
    scope.is_criterion = true;
    scope.expected = expected;
    return scope;
}

/* Describe a criterion that is met, inside not() or none(). */
static void describe_success(struct finding *finding, const struct cri_alloc_scope *scope,
                             const char *headline)
{
    const struct at_usage *usage = &scope->region->usage;
    snprintf(finding->file, sizeof finding->file, "%s", scope->file);
    finding->line = scope->line;
    at_text_printf(&finding->text, "%s ", headline);
    criterion_alloc_add_location(&finding->text, scope->file, scope->line);
    at_text_add_string(&finding->text, " succeeded, but was expected to fail: ");
    at_usage_describe(&finding->text, usage);
    at_text_add_string(&finding->text, "\n");
}

/* Return a new finding, or NULL without memory. `met`: the criterion is met. */
static struct finding *make_finding(const struct cri_alloc_scope *scope, bool met)
{
    met &= at_region_observed(scope->region, NULL) == AT_OBSERVED;
    struct finding *finding = at_pages_new(sizeof *finding);
    if (!finding)
        return NULL;
    if (met) {
        struct at_text headline = { 0 };
        criterion_alloc_scope_headline(&headline, scope);
        criterion_alloc_label_add_at(&headline);
        describe_success(finding, scope, at_text_get(&headline));
        at_text_free(&headline);
    } else {
        struct at_verdict_message message = criterion_alloc_scope_describe(scope);
        snprintf(finding->file, sizeof finding->file, "%s", message.file);
        finding->line = message.line;
        finding->text = message.text;
    }
    return finding;
}

/* Fail the test by an assertion of its own, because no value of a criterion makes each of not(),
   all() and any() false. */
static void send_failure(const struct cri_alloc_scope *scope)
{
    struct finding *finding = make_finding(scope, false);
    if (!finding)
        return;
    criterion_alloc_send(at_text_get(&finding->text), finding->file, finding->line);
    at_text_free(&finding->text);
    at_pages_free(finding, sizeof *finding);
}

int cri_alloc_criterion_close(struct cri_alloc_scope *scope, struct cri_assert_node *node)
{
    if (!scope->region)
        return scope->expected; /* it was not measured, and the test has failed */
    at_suspend();
    const struct at_limits limits = criterion_alloc_scope_limits(scope);
    bool warns = at_limits_only_warn(&limits);
    bool met = !scope->failed;
    bool is_observed = at_region_observed(scope->region, NULL) == AT_OBSERVED;
    if (limits.error[0] || (!is_observed && !warns)) {
        send_failure(scope);
        met = scope->expected;
    }
    node->repr = scope->name;
    node->pass = met;
    if (met != scope->expected && warns) {
        struct finding *finding = make_finding(scope, met);
        if (finding)
            criterion_alloc_warning_send(at_text_get(&finding->text), finding->file, finding->line);
        met = scope->expected;
    } else if (met != scope->expected) {
        node->params[0].data =
            make_finding(scope, met); /* no name: Criterion neither shows nor frees it */
    }
    scope->failed = false;
    scope->region = at_region_free(scope->region);
    at_resume();
    return met;
}

/* Up to Criterion 2.4.3 any() notes that it passed even where its value is false. */
static bool has_failed_child(const struct cri_assert_node *node)
{
    for (uint32_t i = 0; i < node->nchild; i++)
        if (!node->children[i].pass)
            return true;
    return false;
}

/* Of the leaves that make the assertion fail; what is within one that passed does not matter. */
static void collect(const struct cri_assert_node *node, struct at_text *text,
                    const struct finding **first)
{
    bool any_failed = has_failed_child(node);
    for (uint32_t i = 0; i < node->nchild; i++) {
        const struct cri_assert_node *child = &node->children[i];
        if (child->pass && (any_failed || child->nchild == 0))
            continue;
        const struct finding *finding = child->params[0].name ? NULL : child->params[0].data;
        if (finding)
            at_text_add_string(text, at_text_get(&finding->text));
        if (finding && !*first)
            *first = finding;
        collect(child, text, first);
    }
}

static void release(struct cri_assert_node *node)
{
    for (uint32_t i = 0; i < node->nchild; i++)
        release(&node->children[i]);
    struct finding *finding = node->params[0].name ? NULL : node->params[0].data;
    if (finding) {
        node->params[0].data = NULL;
        at_text_free(&finding->text);
        at_pages_free(finding, sizeof *finding);
    }
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *tree)
{
    static void (*next)(const char *, size_t, struct cri_assert_node *);
    at_suspend();
    if (!next)
        next = (void (*)(const char *, size_t, struct cri_assert_node *)) dlsym(
            RTLD_NEXT, "cri_assert_node_send");
    const struct finding *first = NULL;
    struct at_text text = { 0 };
    if (tree->message && *tree->message)
        at_text_printf(&text, "%s\n", tree->message);
    collect(tree, &text, &first);
    char *message = first ? strdup(at_text_get(&text)) : NULL;
    if (message) {
        free((char *) tree->message);
        tree->message = message;
    }
    at_text_free(&text);
    if (first) {
        file = first->file;
        line = first->line;
    }
    if (criterion_alloc_is_child())
        criterion_alloc_print_in_child(tree->message, file, line);
    else
        next(file, line, tree);
    release(tree);
    at_resume();
}
