/* SPDX-License-Identifier: MIT */
/*
 * The words for metrics, verdicts, scopes and sources of limits, written once for messages,
 * results, options and JSON. Every table is indexed by its enumeration. The command uses the tables
 * without the rest of the library, so this header needs no other part of it.
 */
#ifndef AT_VERDICT_WORDS_H
#define AT_VERDICT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "track/metric.h"

/* "allocs", "reallocs", "frees", "bytes", "peak", "live", "leaks" */
extern const char *const at_metric_names[AT_N_METRICS];

/*
 * Find the metric whose name is the first `n` bytes of `name` and store it in `*metric`. Return
 * false if no metric has this name.
 */
bool at_metric_find(const char *name, size_t n, enum at_metric *metric);

/* The result of comparing usage with limits. A later one is worse than an earlier one. */
enum at_verdict {
    AT_VERDICT_NONE = 0,   /* no limit was set */
    AT_VERDICT_WITHIN,     /* every limit is met */
    AT_VERDICT_OVER,       /* a limit is not met */
    AT_VERDICT_UNOBSERVED, /* allocations were not observed, so no limit could be checked */
    AT_VERDICT_INCOMPLETE, /* some events were lost, so the usage may be too low */
    AT_N_VERDICTS,
};

/* "none", "within", "over", "unobserved", "incomplete" */
extern const char *const at_verdict_names[AT_N_VERDICTS];

/* The code that a limit was written for, from the farthest to the nearest. */
enum at_limit_source {
    AT_SOURCE_ENVIRONMENT = 0, /* ALLOC_TRACKER_BUDGET */
    AT_SOURCE_SUITE,
    AT_SOURCE_TEST,
    AT_SOURCE_STATEMENT, /* a statement or a block of a test */
    AT_N_SOURCES,
};

/* "environment", "suite", "test", "statement" */
extern const char *const at_limit_source_names[AT_N_SOURCES];

/* "process", "thread": indexed by enum at_scope */
extern const char *const at_scope_names[2];

#endif
