/* SPDX-License-Identifier: MIT */
/*
 * no_alloc() and its kin within new-style assertions. A criterion that is not as expected leaves a
 * finding in its node of the assertion's tree. Criterion prints such nodes on the console only, so
 * when an assertion fails, its findings become its message, which every output shows, and the first
 * one's place becomes the assertion's.
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
#include "worker/scope.h"
#include "worker/verdict.h"
#include "worker/worker.h"

/* Ours replaces the one in libcriterion, which every new-style assertion that fails calls. */
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

/* It holds where not() or none() say that it must not. */
static void describe_held(struct finding *finding, const struct cri_alloc_scope *scope,
                          const char *headline)
{
    const struct at_usage *usage = &scope->region->usage;
    snprintf(finding->file, sizeof finding->file, "%s", scope->file);
    finding->line = scope->line;
    at_text_printf(&finding->text, "%s ", headline);
    criterion_alloc_add_location(&finding->text, scope->file, scope->line);
    at_text_add_string(&finding->text, " holds, and must not: ");
    at_usage_describe(&finding->text, usage);
    at_text_add_string(&finding->text, "\n");
}

static struct finding *find(const struct cri_alloc_scope *scope, bool held)
{
    held &= at_region_observed(scope->region, NULL) == AT_OBSERVED;
    struct finding *finding = at_pages_new(sizeof *finding);
    if (!finding)
        return NULL;
    struct at_limits limits = criterion_alloc_scope_limits(scope);
    struct at_text headline = { 0 };
    criterion_alloc_scope_headline(&headline, scope);
    if (held) {
        describe_held(finding, scope, at_text_get(&headline));
    } else {
        const struct at_verdict_headline where = { at_text_get(&headline), scope->file,
                                                   scope->line };
        struct at_verdict_message verdict =
            at_limits_only_warn(&limits)
                ? at_verdict_describe(scope->region, &limits, &where, scope->file, scope->line)
                : criterion_alloc_describe(scope->region, &limits, &where, scope->file,
                                           scope->line);
        snprintf(finding->file, sizeof finding->file, "%s", verdict.file);
        finding->line = verdict.line;
        finding->text = verdict.text;
    }
    at_text_free(&headline);
    return finding;
}

/* What nobody saw fails the test by itself: within not(), all() and any() no value of a criterion
   makes each assertion false. */
static void send_unobserved(const struct cri_alloc_scope *scope)
{
    struct finding *finding = find(scope, false);
    if (!finding)
        return;
    criterion_alloc_send(at_text_get(&finding->text), finding->file, finding->line);
    at_text_free(&finding->text);
    at_pages_free(finding, sizeof *finding);
}

int cri_alloc_criterion_close(struct cri_alloc_scope *scope, struct cri_assert_node *node)
{
    if (!scope->region)
        return scope->expected; /* it was not measured: the test has failed for that */
    at_suspend();
    const struct at_limits limits = criterion_alloc_scope_limits(scope);
    bool warns = at_limits_only_warn(&limits);
    bool held = !scope->failed;
    if (at_region_observed(scope->region, NULL) != AT_OBSERVED && !warns) {
        send_unobserved(scope);
        held = scope->expected;
    }
    node->repr = scope->name;
    node->pass = held;
    if (held != scope->expected && warns) {
        struct finding *finding = find(scope, held);
        if (finding)
            at_text_write(&finding->text, 2);
        held = scope->expected;
    } else if (held != scope->expected) {
        node->params[0].data =
            find(scope, held); /* no name: Criterion neither shows nor frees it */
    }
    scope->failed = false;
    scope->region = at_region_free(scope->region);
    at_resume();
    return held;
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
