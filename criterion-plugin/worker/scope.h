/* SPDX-License-Identifier: MIT */
/*
 * Scopes: measured parts of a test's body, which are statements, blocks and criteria. Called with
 * tracking suspended.
 */
#ifndef CRITERION_ALLOC_WORKER_SCOPE_H
#define CRITERION_ALLOC_WORKER_SCOPE_H

#include "alloc_tracker/criterion.h"
#include "verdict/describe.h"
#include "verdict/limits.h"

/* Return the limits of the scope's own budget. `repeat` is at least 1. */
struct at_limits criterion_alloc_scope_limits(const struct cri_alloc_scope *scope);

/* Append the macro, its budget and its statement: "cr_assert_no_alloc(push(r, 9))". */
void criterion_alloc_scope_headline(struct at_text *text, const struct cri_alloc_scope *scope);

/* Return the message about a scope that is not within its budget; its text is to be freed. */
struct at_verdict_message criterion_alloc_scope_describe(const struct cri_alloc_scope *scope);

#endif
