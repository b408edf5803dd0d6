/* SPDX-License-Identifier: MIT */
/*
 * The limits in force, metric by metric.
 *
 * Several budgets may limit one metric: the environment's, the suite's, the test's. The nearest
 * budget wins: its limit replaces both bounds of the metric, and keeps that budget's scope and
 * `warn`. A zero-initialised struct at_limits has no limit. It has no pointers, so processes can
 * share it.
 */
#ifndef AT_VERDICT_LIMITS_H
#define AT_VERDICT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "alloc_tracker/budget.h"
#include "base/text.h"
#include "track/region.h"
#include "verdict/words.h"

/* The bounds of one metric. The bounds of AT_METRIC_LIVE are the bits of an int64_t. */
struct at_metric_limit {
    uint64_t min;
    uint64_t max;
    bool has_min;
    bool has_max;
    bool warn; /* a value out of bounds is reported, but does not fail */
    enum at_scope scope;
    enum at_limit_source source;
};

struct at_limits {
    struct at_metric_limit metrics[AT_N_METRICS];
    unsigned warmup; /* runs before the measured ones */
    unsigned repeat; /* measured runs; 0 is 1 */
    char error[192]; /* "", or why a budget is invalid: the test fails with this reason */
};

/* Add the limits of a budget that is nearer than those before. An invalid budget sets `error`. */
void at_limits_add(struct at_limits *limits, const struct at_budget *budget,
                   enum at_limit_source source);

/*
 * Add the limits of a budget that the running test sets. They count as the test's own. `declared`
 * has the limits from before the test: of these the new limits replace those of the suite and of
 * the environment, and can only tighten those of the test.
 */
void at_limits_set(struct at_limits *limits, const struct at_limits *declared,
                   const struct at_budget *budget);

/*
 * Read ALLOC_TRACKER_BUDGET's value, for example "allocs<=1000,leaks=0", into `*limits`. The
 * operators are <=, >= and =. With the term "warn", every limit only warns. If `value` is invalid,
 * return false, leave `*limits` unchanged, and append the reason to `error`, with the column
 * counted from 1.
 */
bool at_limits_parse(struct at_limits *limits, const char *value, struct at_text *error);

/* Remove the limit on a metric. */
void at_limits_remove(struct at_limits *limits, enum at_metric metric);

/* Return the limits that have this scope. `error` is not among them. */
struct at_limits at_limits_in(const struct at_limits *limits, enum at_scope scope);

/* Return the limits that have this scope and this `warn`. `error` goes with those that fail in
   AT_PROCESS scope. */
struct at_limits at_limits_select(const struct at_limits *limits, enum at_scope scope, bool warn);

/*
 * Return the limits that can be checked in a process that a signal, _exit() or a failed assertion
 * ended. Its work was not completed, so lower bounds, live and leaks cannot.
 */
struct at_limits at_limits_at_death(const struct at_limits *limits);

/* Return whether any metric has a limit, or has one of this scope. */
bool at_limits_any(const struct at_limits *limits);
bool at_limits_any_in(const struct at_limits *limits, enum at_scope scope);

/* Return whether no usage can fail: every limit only warns, and no budget is invalid. */
bool at_limits_only_warn(const struct at_limits *limits);

static inline bool at_metric_is_limited(const struct at_metric_limit *limit)
{
    return limit->has_min || limit->has_max;
}

/* Return whether `value`, as at_usage_value() returns it, is above or below the limit. */
bool at_metric_is_above(enum at_metric metric, const struct at_metric_limit *limit, int64_t value);
bool at_metric_is_below(enum at_metric metric, const struct at_metric_limit *limit, int64_t value);

/* Return the highest value within the limit, for at_region_set_bound(). A region's bounds are
   signed, so a higher limit than they can express is AT_UNBOUNDED. */
int64_t at_metric_bound(enum at_metric metric, const struct at_metric_limit *limit);

#endif
