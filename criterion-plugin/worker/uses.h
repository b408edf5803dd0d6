/* SPDX-License-Identifier: MIT */
/*
 * The macros that a suite uses. Some need to know the blocks from before them: the sizes of earlier
 * blocks, or the events of one thread since the body began. The worker must know this before its
 * test begins, so each such macro leaves a mark in its object (CRI_ALLOC_MARK in criterion.h): the
 * address of a function below, in the section .init_array. The functions run before main(), or
 * within dlopen().
 */
#ifndef CRITERION_ALLOC_WORKER_USES_H
#define CRITERION_ALLOC_WORKER_USES_H

#include <stdbool.h>

/* Return whether a loaded object has a macro that needs the sizes of earlier blocks. */
bool criterion_alloc_suite_uses_sizes(void);

/* Return whether a loaded object has a cr_set_alloc_budget() with the scope AT_THREAD. */
bool criterion_alloc_suite_uses_threads(void);

#endif
