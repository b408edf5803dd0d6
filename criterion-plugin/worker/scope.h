/* SPDX-License-Identifier: MIT */
/*
 * What a statement, a block and a criterion have in common: the code between two points of a test.
 */
#ifndef CRITERION_ALLOC_WORKER_SCOPE_H
#define CRITERION_ALLOC_WORKER_SCOPE_H

#include "alloc_tracker/criterion.h"
#include "verdict/limits.h"

struct at_limits criterion_alloc_scope_limits(const struct cri_alloc_scope *scope);

/* "cr_assert_no_alloc(push(r, 9)) at tests/ring.c:18" */
void criterion_alloc_scope_headline(struct at_text *text, const struct cri_alloc_scope *scope);

#endif
