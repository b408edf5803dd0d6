/* SPDX-License-Identifier: MIT */
/* See limits.h. */
#include "verdict/limits.h"

#include <stdio.h>
#include <string.h>

#include "verdict/macro_text.h"

/* Set the reason why a budget is invalid. The first reason remains. */
static void reject(struct at_limits *limits, const char *field, const char *reason)
{
    if (!limits->error[0])
        snprintf(limits->error, sizeof limits->error, ".%s: %s", field, reason);
}

static const struct at_limit *limit_of(const struct at_budget *budget, enum at_metric metric)
{
    switch (metric) {
        case AT_METRIC_ALLOCS: return &budget->allocs;
        case AT_METRIC_REALLOCS: return &budget->reallocs;
        case AT_METRIC_FREES: return &budget->frees;
        case AT_METRIC_BYTES: return &budget->bytes;
        case AT_METRIC_PEAK: return &budget->peak;
        case AT_METRIC_LIVE: return &budget->live;
        case AT_METRIC_LEAKS: return &budget->leaks;
        case AT_N_METRICS: break;
    }
    __builtin_unreachable();
}

/* A code, taken apart. */
struct decoded {
    int64_t kind; /* enum at_limit_kind, or any number */
    at_limit_code number;
};

static struct decoded decode(at_limit_code code)
{
#ifndef __SIZEOF_INT128__
    if (code > (at_limit_code) INT64_MAX || code < (at_limit_code) INT64_MIN)
        return (struct decoded){ AT_LIMIT_MOST, code };
#endif
    int64_t kind = (int64_t) code & (AT_LIMIT_SCALE - 1);
    return (struct decoded){ kind, (code - kind) / AT_LIMIT_SCALE };
}

/* Return why `number` cannot be a limit of the metric, or NULL. */
static const char *find_range_error(enum at_metric metric, at_limit_code number)
{
    if (metric == AT_METRIC_LIVE)
        return number < INT64_MIN || number > INT64_MAX
                   ? "the limit is out of range; a limit on .live has at most 63 bits and a sign"
                   : NULL;
    if (number < 0)
        return "the limit is negative; only a limit on .live can be negative";
    return number > (at_limit_code) UINT64_MAX
               ? "the limit is out of range; a limit has at most 64 bits"
               : NULL;
}

/* Return whether the budget has a valid limit on the metric. A plain 0 is found by the budget's
   text: its bits are those of a metric without a limit. */
static bool has_limit(struct at_limits *limits, const struct at_budget *budget,
                      enum at_metric metric)
{
    static const char plain[] =
        "a plain number is not a limit; write at_most(n), at_least(n) or at_exactly(n)";
    const char *name = at_metric_names[metric];
    at_limit_code code = limit_of(budget, metric)->code;
    if (code == 0) {
        if (budget->text && at_macro_text_sets(budget->text, name))
            reject(limits, name, plain);
        return false;
    }
    struct decoded decoded = decode(code);
    const char *error = decoded.kind < AT_LIMIT_MOST || decoded.kind > AT_LIMIT_EXACTLY
                            ? plain
                            : find_range_error(metric, decoded.number);
    if (error)
        reject(limits, name, error);
    return !error;
}

/* Return whether the budget's scope is valid. */
static bool has_scope(struct at_limits *limits, const struct at_budget *budget)
{
    bool valid = budget->scope == AT_PROCESS || budget->scope == AT_THREAD;
    if (!valid)
        reject(limits, "scope", "the value is invalid; write AT_PROCESS or AT_THREAD");
    return valid;
}

static struct at_metric_limit make_limit(const struct at_budget *budget, enum at_metric metric,
                                         enum at_limit_source source)
{
    struct decoded decoded = decode(limit_of(budget, metric)->code);
    uint64_t bits =
        metric == AT_METRIC_LIVE ? (uint64_t) (int64_t) decoded.number : (uint64_t) decoded.number;
    return (struct at_metric_limit){
        .min = bits,
        .max = bits,
        .has_min = decoded.kind != AT_LIMIT_MOST,
        .has_max = decoded.kind != AT_LIMIT_LEAST,
        .warn = budget->warn,
        .scope = budget->scope,
        .source = source,
    };
}

void at_limits_add(struct at_limits *limits, const struct at_budget *budget,
                   enum at_limit_source source)
{
    bool was_valid = !limits->error[0];
    bool valid_scope = has_scope(limits, budget);
    for (int i = 0; valid_scope && i < AT_N_METRICS; i++)
        if (has_limit(limits, budget, (enum at_metric) i))
            limits->metrics[i] = make_limit(budget, (enum at_metric) i, source);
    if (budget->warmup)
        limits->warmup = budget->warmup;
    if (budget->repeat)
        limits->repeat = budget->repeat;
    if (was_valid && limits->error[0] && source == AT_SOURCE_SUITE)
        strncat(limits->error, " (the suite's budget)",
                sizeof limits->error - strlen(limits->error) - 1);
}

static bool is_less(enum at_metric metric, uint64_t a, uint64_t b)
{
    return metric == AT_METRIC_LIVE ? (int64_t) a < (int64_t) b : a < b;
}

/* Narrow `limit` to the values that `declared` allows too. */
static void tighten(enum at_metric metric, struct at_metric_limit *limit,
                    const struct at_metric_limit *declared)
{
    if (declared->has_max && (!limit->has_max || is_less(metric, declared->max, limit->max))) {
        limit->has_max = true;
        limit->max = declared->max;
    }
    if (declared->has_min && (!limit->has_min || is_less(metric, limit->min, declared->min))) {
        limit->has_min = true;
        limit->min = declared->min;
    }
}

static void set_limit(struct at_limits *limits, const struct at_limits *declared,
                      const struct at_budget *budget, enum at_metric metric)
{
    const struct at_metric_limit *before = &declared->metrics[metric];
    struct at_metric_limit limit = make_limit(budget, metric, AT_SOURCE_TEST);
    if (at_metric_is_limited(before) && before->source == AT_SOURCE_TEST) {
        if (before->scope != limit.scope || before->warn != limit.warn) {
            reject(limits, at_metric_names[metric],
                   "the test's .data limits it with another .scope or .warn, which "
                   "cr_set_alloc_budget() cannot change");
            return;
        }
        tighten(metric, &limit, before);
    }
    limits->metrics[metric] = limit;
}

void at_limits_set(struct at_limits *limits, const struct at_limits *declared,
                   const struct at_budget *budget)
{
    static const char late[] = "the test runs already; set it in the test's .data";
    if (!has_scope(limits, budget))
        return;
    for (int i = 0; i < AT_N_METRICS; i++)
        if (has_limit(limits, budget, (enum at_metric) i))
            set_limit(limits, declared, budget, (enum at_metric) i);
    if (budget->warmup)
        reject(limits, "warmup", late);
    if (budget->repeat)
        reject(limits, "repeat", late);
}

void at_limits_remove(struct at_limits *limits, enum at_metric metric)
{
    limits->metrics[metric] = (struct at_metric_limit){ 0 };
}

struct at_limits at_limits_in(const struct at_limits *limits, enum at_scope scope)
{
    struct at_limits in = *limits;
    in.error[0] = '\0';
    for (int i = 0; i < AT_N_METRICS; i++)
        if (in.metrics[i].scope != scope)
            at_limits_remove(&in, (enum at_metric) i);
    return in;
}

struct at_limits at_limits_select(const struct at_limits *limits, enum at_scope scope, bool warn)
{
    struct at_limits selected = *limits;
    for (int i = 0; i < AT_N_METRICS; i++)
        if (selected.metrics[i].scope != scope || selected.metrics[i].warn != warn)
            at_limits_remove(&selected, (enum at_metric) i);
    if (warn || scope != AT_PROCESS)
        selected.error[0] = '\0';
    return selected;
}

struct at_limits at_limits_at_death(const struct at_limits *limits)
{
    struct at_limits left = *limits;
    for (int i = 0; i < AT_N_METRICS; i++)
        left.metrics[i].has_min = false;
    at_limits_remove(&left, AT_METRIC_LIVE);
    at_limits_remove(&left, AT_METRIC_LEAKS);
    return left;
}

bool at_limits_any(const struct at_limits *limits)
{
    return at_limits_any_in(limits, AT_PROCESS) || at_limits_any_in(limits, AT_THREAD);
}

bool at_limits_any_in(const struct at_limits *limits, enum at_scope scope)
{
    for (int i = 0; i < AT_N_METRICS; i++)
        if (at_metric_is_limited(&limits->metrics[i]) && limits->metrics[i].scope == scope)
            return true;
    return false;
}

bool at_limits_only_warn(const struct at_limits *limits)
{
    for (int i = 0; i < AT_N_METRICS; i++)
        if (at_metric_is_limited(&limits->metrics[i]) && !limits->metrics[i].warn)
            return false;
    return limits->error[0] == '\0';
}

bool at_metric_is_above(enum at_metric metric, const struct at_metric_limit *limit, int64_t value)
{
    return limit->has_max && is_less(metric, limit->max, (uint64_t) value);
}

bool at_metric_is_below(enum at_metric metric, const struct at_metric_limit *limit, int64_t value)
{
    return limit->has_min && is_less(metric, (uint64_t) value, limit->min);
}

int64_t at_metric_bound(enum at_metric metric, const struct at_metric_limit *limit)
{
    bool is_bound =
        limit->has_max && (metric == AT_METRIC_LIVE || limit->max < (uint64_t) AT_UNBOUNDED);
    return is_bound ? (int64_t) limit->max : AT_UNBOUNDED;
}
