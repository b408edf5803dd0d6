/* SPDX-License-Identifier: MIT */
/*
 * See moments.h. With slope b = P / Q, P = Σnt, Q = Σn², the sum in the confidence interval is
 *
 *     Σn²e² = Σn²t² - 2b Σn³t + b² Σn⁴ = (Q² Σn²t² - 2PQ Σn³t + P² Σn⁴) / Q²
 *
 * The numerator is an integer and is computed exactly, because its three terms nearly cancel if the
 * spans are similar. The terms have at most 3 · 256 bits for up to 2^40 spans of 2^64 iterations
 * each, more than any run has. This is also true for the peak, where t = np has 127 bits.
 */
#include "session/moments.h"

#include <math.h>

void at_moments_init(struct at_moments *moments)
{
    *moments = (struct at_moments){
        .bytes = { .min = NAN, .max = NAN },
        .allocs = { .min = NAN, .max = NAN },
    };
}

/* Samples with numbers of at most SMALL_BITS are added in registers, a batch at a time: N_BATCH
   fourth powers fit in two limbs, and N_BATCH squares in one. Equal samples in a row, which
   repeated work produces, are added at once. */
enum { SMALL_BITS = 30, N_BATCH = 15 };

struct small_sums {
    uint64_t nt;
    struct at_pair nntt;
    struct at_pair nnnt;
};

static inline void add_small(struct small_sums *sums, uint64_t n, uint64_t t, size_t times)
{
    if (t == 0)
        return;
    sums->nt += n * t * times;
    at_pair_accumulate(&sums->nntt, n * t, n * t * times);
    at_pair_accumulate(&sums->nnnt, n * t, n * n * times);
}

static void add_sums(struct at_metric_moments *metric, const struct small_sums *sums)
{
    at_wide_add_pair(&metric->sums.nt, (struct at_pair){ sums->nt, 0 });
    at_wide_add_pair(&metric->sums.nntt, sums->nntt);
    at_wide_add_pair(&metric->sums.nnnt, sums->nnnt);
}

static inline void add_rate(struct at_metric_moments *metric, uint64_t n, uint64_t t)
{
    if (n == 0)
        return;
    double rate = n == 1 ? (double) t : (double) t / (double) n;
    if (!(metric->min <= rate)) /* or it is NaN */
        metric->min = rate;
    if (!(metric->max >= rate))
        metric->max = rate;
}

static void add_large_sums(struct at_sums *sums, struct at_wide n, struct at_wide t)
{
    struct at_wide nt = at_wide_multiply(n, t);
    sums->nt = at_wide_add(sums->nt, nt);
    sums->nntt = at_wide_add(sums->nntt, at_wide_multiply(nt, nt));
    sums->nnnt = at_wide_add(sums->nnnt, at_wide_multiply(at_wide_multiply(n, n), nt));
}

static __attribute__((noinline)) void add_large(struct at_moments *moments,
                                                const struct at_sample *sample)
{
    struct at_wide n = at_wide_from(sample->iterations);
    struct at_wide nn = at_wide_multiply(n, n);
    moments->nn = at_wide_add(moments->nn, nn);
    moments->nnnn = at_wide_add(moments->nnnn, at_wide_multiply(nn, nn));
    add_large_sums(&moments->bytes.sums, n, at_wide_from(sample->bytes));
    add_large_sums(&moments->allocs.sums, n, at_wide_from(sample->allocs));
}

static bool is_same(const struct at_sample *a, const struct at_sample *b)
{
    return a->allocs == b->allocs && a->bytes == b->bytes && a->iterations == b->iterations;
}

static void add_batch(struct at_moments *moments, const struct at_sample *samples, size_t n_samples)
{
    uint64_t nn = 0;
    struct at_pair nnnn = { 0 };
    struct small_sums bytes = { 0 }, allocs = { 0 };
    for (size_t i = 0, times; i < n_samples; i += times) {
        const struct at_sample *sample = &samples[i];
        for (times = 1; i + times < n_samples && is_same(sample, &sample[times]);)
            times++;
        uint64_t n = sample->iterations;
        moments->iterations += n * times;
        moments->rated_spans += n ? times : 0;
        moments->bytes.total += sample->bytes * times;
        moments->allocs.total += sample->allocs * times;
        add_rate(&moments->bytes, n, sample->bytes);
        add_rate(&moments->allocs, n, sample->allocs);
        if ((n | sample->bytes | sample->allocs) >> SMALL_BITS) {
            for (size_t j = 0; j < times; j++)
                add_large(moments, sample);
            continue;
        }
        nn += n * n * times;
        at_pair_accumulate(&nnnn, n * n, n * n * times);
        add_small(&bytes, n, sample->bytes, times);
        add_small(&allocs, n, sample->allocs, times);
    }
    moments->spans += n_samples;
    at_wide_add_pair(&moments->nn, (struct at_pair){ nn, 0 });
    at_wide_add_pair(&moments->nnnn, nnnn);
    add_sums(&moments->bytes, &bytes);
    add_sums(&moments->allocs, &allocs);
}

/* Every span so far has a peak. */
static bool has_all_peaks(const struct at_moments *moments)
{
    return moments->peak_spans == moments->spans;
}

static void drop_peak(struct at_moments *moments)
{
    moments->peak_spans = 0;
    moments->peak_t = (struct at_wide){ 0 };
    moments->peak = (struct at_sums){ 0 };
}

void at_moments_add(struct at_moments *moments, const struct at_sample *samples, size_t n_samples)
{
    if (n_samples == 0)
        return;
    if (moments->peak_spans > 0)
        drop_peak(moments);
    for (; n_samples > N_BATCH; samples += N_BATCH, n_samples -= N_BATCH)
        add_batch(moments, samples, N_BATCH);
    add_batch(moments, samples, n_samples);
}

/* Widen the extremes of the tracked spans. */
static void add_extremes(struct at_moments *moments, int64_t peak, int64_t live)
{
    bool first = moments->tracked_spans == 0;
    moments->max_peak = first || peak > moments->max_peak ? peak : moments->max_peak;
    moments->max_live = first || live > moments->max_live ? live : moments->max_live;
    moments->min_live = first || live < moments->min_live ? live : moments->min_live;
}

void at_moments_add_tracked(struct at_moments *moments, const struct at_sample *sample,
                            int64_t peak, int64_t live)
{
    if (has_all_peaks(moments)) {
        struct at_wide n = at_wide_from(sample->iterations);
        struct at_wide t = at_wide_multiply(n, at_wide_from((uint64_t) peak));
        moments->peak_t = at_wide_add(moments->peak_t, t);
        add_large_sums(&moments->peak, n, t);
        moments->peak_spans++;
    }
    add_batch(moments, sample, 1);
    add_extremes(moments, peak, live);
    moments->tracked_spans++;
}

/* fmin() and fmax() without libm, which few test suites need: loading it costs each worker 2 %. */
static void lower_minimum(double *least, double value)
{
    if (value < *least || isnan(*least))
        *least = value;
}

static void raise_maximum(double *most, double value)
{
    if (value > *most || isnan(*most))
        *most = value;
}

static void merge_sums(struct at_sums *into, const struct at_sums *from)
{
    into->nt = at_wide_add(into->nt, from->nt);
    into->nntt = at_wide_add(into->nntt, from->nntt);
    into->nnnt = at_wide_add(into->nnnt, from->nnnt);
}

static void merge_metric(struct at_metric_moments *into, const struct at_metric_moments *from)
{
    into->total += from->total;
    lower_minimum(&into->min, from->min);
    raise_maximum(&into->max, from->max);
    merge_sums(&into->sums, &from->sums);
}

static void merge_tracked(struct at_moments *into, const struct at_moments *from)
{
    if (has_all_peaks(into) && has_all_peaks(from)) {
        into->peak_spans += from->peak_spans;
        into->peak_t = at_wide_add(into->peak_t, from->peak_t);
        merge_sums(&into->peak, &from->peak);
    } else {
        drop_peak(into);
    }
    if (from->tracked_spans == 0)
        return;
    add_extremes(into, from->max_peak, from->max_live);
    into->tracked_spans += from->tracked_spans;
    add_extremes(into, from->max_peak, from->min_live);
}

void at_moments_merge(struct at_moments *into, const struct at_moments *from)
{
    merge_tracked(into, from);
    into->spans += from->spans;
    into->rated_spans += from->rated_spans;
    into->iterations += from->iterations;
    into->nn = at_wide_add(into->nn, from->nn);
    into->nnnn = at_wide_add(into->nnnn, from->nnnn);
    merge_metric(&into->bytes, &from->bytes);
    merge_metric(&into->allocs, &from->allocs);
}

struct at_estimate at_estimate_none(void)
{
    return (struct at_estimate){ .mean = NAN, .slope = NAN, .low = NAN, .high = NAN };
}

/* Return Q² Σn²t² - 2PQ Σn³t + P² Σn⁴, which is Q² times a sum of squares, so at least 0. */
static struct at_wide residual_numerator(const struct at_moments *moments,
                                         const struct at_sums *sums)
{
    struct at_wide p = sums->nt;
    struct at_wide q = moments->nn;
    struct at_wide squares = at_wide_add(at_wide_multiply(at_wide_multiply(q, q), sums->nntt),
                                         at_wide_multiply(at_wide_multiply(p, p), moments->nnnn));
    struct at_wide crossed = at_wide_multiply(at_wide_multiply(p, q), sums->nnnt);
    return at_wide_subtract(squares, at_wide_add(crossed, crossed));
}

/* Estimate a metric from its total and its sums. */
static struct at_estimate estimate_metric(const struct at_moments *moments, double total,
                                          const struct at_sums *sums)
{
    struct at_estimate estimate = at_estimate_none();
    if (moments->iterations)
        estimate.mean = total / (double) moments->iterations;
    if (at_wide_is_zero(&moments->nn))
        return estimate;
    long double q = at_wide_value(&moments->nn);
    long double slope = at_wide_value(&sums->nt) / q;
    estimate.slope = (double) slope;
    if (moments->rated_spans < 2)
        return estimate;
    struct at_wide numerator = residual_numerator(moments, sums);
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
    double bytes = (double) moments->bytes.total, allocs = (double) moments->allocs.total;
    double peak = (double) at_wide_value(&moments->peak_t);
    return (struct at_statistics){
        .spans = moments->rated_spans,
        .bytes = estimate_metric(moments, bytes, &moments->bytes.sums),
        .allocs = estimate_metric(moments, allocs, &moments->allocs.sums),
        .peak = has_all_peaks(moments) ? estimate_metric(moments, peak, &moments->peak)
                                       : at_estimate_none(),
    };
}
