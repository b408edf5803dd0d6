/* SPDX-License-Identifier: MIT */
/*
 * See moments.h. With slope b = P / Q, P = Σnt, Q = Σn², the sum of the interval is
 *
 *     Σn²e² = Σn²t² - 2b Σn³t + b² Σn⁴ = (Q² Σn²t² - 2PQ Σn³t + P² Σn⁴) / Q²
 *
 * whose numerator is an integer: it is computed exactly, as the three terms nearly cancel where the
 * spans agree. Its terms have at most 3 · 256 bits but for counts of spans beyond 2^40 of 2^64
 * iterations each, which no run reaches.
 */
#include "report/moments.h"

#include <math.h>

void at_moments_init(struct at_moments *moments)
{
    *moments = (struct at_moments){
        .bytes = { .min = NAN, .max = NAN },
        .allocs = { .min = NAN, .max = NAN },
    };
}

static void add_metric(struct at_metric_moments *metric, uint64_t n, uint64_t t)
{
    metric->total += t;
    if (n == 0)
        return;
    double rate = n == 1 ? (double) t : (double) t / (double) n;
    if (!(metric->min <= rate)) /* or it is NaN */
        metric->min = rate;
    if (!(metric->max >= rate))
        metric->max = rate;
    if (t == 0)
        return;
    if ((n | t) >> 32 == 0) { /* every product of two fits */
        at_wide_accumulate(&metric->nt, n, t);
        at_wide_accumulate(&metric->nntt, n * t, n * t);
        at_wide_accumulate(&metric->nnnt, n * t, n * n);
        return;
    }
    struct at_wide nt = at_wide_multiply(at_wide_from(n), at_wide_from(t));
    struct at_wide nn = at_wide_multiply(at_wide_from(n), at_wide_from(n));
    metric->nt = at_wide_add(metric->nt, nt);
    metric->nntt = at_wide_add(metric->nntt, at_wide_multiply(nt, nt));
    metric->nnnt = at_wide_add(metric->nnnt, at_wide_multiply(nn, nt));
}

void at_moments_add(struct at_moments *moments, uint64_t n, uint64_t bytes, uint64_t allocs)
{
    moments->spans++;
    moments->iterations += n;
    if (n > 0 && n >> 32 == 0) {
        moments->rated_spans++;
        at_wide_accumulate(&moments->nn, n, n);
        at_wide_accumulate(&moments->nnnn, n * n, n * n);
    } else if (n > 0) {
        struct at_wide nn = at_wide_multiply(at_wide_from(n), at_wide_from(n));
        moments->rated_spans++;
        moments->nn = at_wide_add(moments->nn, nn);
        moments->nnnn = at_wide_add(moments->nnnn, at_wide_multiply(nn, nn));
    }
    add_metric(&moments->bytes, n, bytes);
    add_metric(&moments->allocs, n, allocs);
}

void at_moments_add_tracked(struct at_moments *moments, int64_t peak, int64_t live)
{
    bool first = moments->tracked_spans++ == 0;
    moments->max_peak = first || peak > moments->max_peak ? peak : moments->max_peak;
    moments->max_live = first || live > moments->max_live ? live : moments->max_live;
    moments->min_live = first || live < moments->min_live ? live : moments->min_live;
}

static void merge_metric(struct at_metric_moments *into, const struct at_metric_moments *from)
{
    into->total += from->total;
    into->min = fmin(into->min, from->min);
    into->max = fmax(into->max, from->max);
    into->nt = at_wide_add(into->nt, from->nt);
    into->nntt = at_wide_add(into->nntt, from->nntt);
    into->nnnt = at_wide_add(into->nnnt, from->nnnt);
}

void at_moments_merge(struct at_moments *into, const struct at_moments *from)
{
    into->spans += from->spans;
    into->rated_spans += from->rated_spans;
    into->iterations += from->iterations;
    into->nn = at_wide_add(into->nn, from->nn);
    into->nnnn = at_wide_add(into->nnnn, from->nnnn);
    merge_metric(&into->bytes, &from->bytes);
    merge_metric(&into->allocs, &from->allocs);
    if (from->tracked_spans == 0)
        return;
    uint64_t tracked_spans = into->tracked_spans + from->tracked_spans;
    at_moments_add_tracked(into, from->max_peak, from->max_live);
    at_moments_add_tracked(into, from->max_peak, from->min_live);
    into->tracked_spans = tracked_spans;
}

/* Q² Σn²t² - 2PQ Σn³t + P² Σn⁴; never negative, being Q² times a sum of squares. */
static struct at_wide residual_numerator(const struct at_moments *moments,
                                         const struct at_metric_moments *metric)
{
    struct at_wide p = metric->nt;
    struct at_wide q = moments->nn;
    struct at_wide squares = at_wide_add(at_wide_multiply(at_wide_multiply(q, q), metric->nntt),
                                         at_wide_multiply(at_wide_multiply(p, p), moments->nnnn));
    struct at_wide crossed = at_wide_multiply(at_wide_multiply(p, q), metric->nnnt);
    return at_wide_subtract(squares, at_wide_add(crossed, crossed));
}

static struct at_estimate estimate(const struct at_moments *moments,
                                   const struct at_metric_moments *metric)
{
    struct at_estimate estimate = { .mean = NAN, .slope = NAN, .low = NAN, .high = NAN };
    if (moments->iterations)
        estimate.mean = (double) metric->total / (double) moments->iterations;
    if (at_wide_is_zero(&moments->nn))
        return estimate;
    long double q = at_wide_value(&moments->nn);
    long double slope = at_wide_value(&metric->nt) / q;
    estimate.slope = (double) slope;
    if (moments->rated_spans < 2)
        return estimate;
    struct at_wide numerator = residual_numerator(moments, metric);
    long double margin = 1.96L * (sqrtl(at_wide_value(&numerator)) / q) / q;
    if (!isfinite((double) (slope + margin)))
        return estimate;
    estimate.has_interval = true;
    estimate.low = slope > margin ? (double) (slope - margin) : 0;
    estimate.high = (double) (slope + margin);
    return estimate;
}

struct at_statistics at_moments_statistics(const struct at_moments *moments)
{
    return (struct at_statistics){
        .spans = moments->rated_spans,
        .bytes = estimate(moments, &moments->bytes),
        .allocs = estimate(moments, &moments->allocs),
    };
}
