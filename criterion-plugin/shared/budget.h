/* SPDX-License-Identifier: MIT */
/*
 * Budgets as the plugin judges them: one interval a metric, each bound with where it came from, so
 * that the strictest of statement, test, suite and environment wins and the message can say which.
 */
#ifndef CRITERION_ALLOC_SHARED_BUDGET_H
#define CRITERION_ALLOC_SHARED_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "alloc_tracker/criterion.h"
#include "base/text.h"
#include "track/region.h"

enum criterion_alloc_source {
    CRITERION_ALLOC_STATEMENT = 0,
    CRITERION_ALLOC_TEST,
    CRITERION_ALLOC_SUITE,
    CRITERION_ALLOC_ENVIRONMENT,
};

struct criterion_alloc_limit {
    int64_t min; /* INT64_MIN: none */
    int64_t max; /* INT64_MAX: none */
    enum criterion_alloc_source min_source;
    enum criterion_alloc_source max_source;
};

struct criterion_alloc_limits {
    struct criterion_alloc_limit fields[AT_N_METRICS];
    unsigned warmup;
    unsigned repeat;
    enum at_scope scope;
    bool warn;
    char error[160]; /* "" or why the budget itself is wrong */
};

struct criterion_alloc_limits criterion_alloc_limits_none(void);

/*
 * The budgets of a whole test. Limits are only ever compared within their kind: one that is to warn
 * must not soften one that is to fail, nor one about a thread one about the process. Each kind is
 * judged by a region of its own.
 */
enum { CRITERION_ALLOC_KINDS = 4 };

struct criterion_alloc_budgets {
    struct criterion_alloc_limits kinds[CRITERION_ALLOC_KINDS];
    unsigned warmup;
    unsigned repeat;
};

struct criterion_alloc_budgets criterion_alloc_budgets_none(void);
void criterion_alloc_budgets_add(struct criterion_alloc_budgets *budgets,
                                 const struct cr_alloc_budget *budget,
                                 enum criterion_alloc_source source);

/* Adds a budget: of two limits on a field the stricter one stays. */
void criterion_alloc_limits_add(struct criterion_alloc_limits *limits,
                                const struct cr_alloc_budget *budget,
                                enum criterion_alloc_source source);

/*
 * Adds ALLOC_TRACKER_BUDGET's value, as in "allocs<=1000,leaks=0"; operators are <=, >= and =.
 * On a mistake answers false, leaves `limits` alone, and writes the reason, with the column counted
 * from 1, to `error`.
 */
bool criterion_alloc_limits_parse(struct criterion_alloc_limits *limits, const char *value,
                                  struct at_text *error);

/* Appends "(.allocs = at_most(2), .warmup = 1)". */
void criterion_alloc_budget_print(struct at_text *text, const struct cr_alloc_budget *budget);

/* Removes a field's limits. */
void criterion_alloc_limits_clear(struct criterion_alloc_limits *limits, enum at_metric metric);

/* What is left of them for a process that a signal, _exit() or a failed assertion ended: it has
   leaked nothing, and was not given the time to make what a lower limit asks for. */
struct criterion_alloc_limits
criterion_alloc_limits_at_death(const struct criterion_alloc_limits *limits);

/* Does any field have a limit? */
bool criterion_alloc_limits_any(const struct criterion_alloc_limits *limits);

bool criterion_alloc_limit_holds(const struct criterion_alloc_limit *limit, int64_t value);

#endif
