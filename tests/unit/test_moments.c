/* SPDX-License-Identifier: MIT */
/* moments.h: sums that are exact in any order, and the estimates that follow from them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "report_rows.h"

/* Runs of equal samples, small ones, large ones, and without iterations, in batches of any length.
 */
Test(moments, a_batch_is_its_samples_one_by_one)
{
    enum { N_SAMPLES = 64 };
    srand(2);
    for (int round = 0; round < 200; round++) {
        struct at_sample samples[N_SAMPLES];
        for (int i = 0; i < N_SAMPLES; i++) {
            int shift = rand() % 4 ? rand() % 30 : rand() % 60;
            samples[i] =
                (struct at_sample){ (uint64_t) rand() % 3 << rand() % 31,
                                    (uint64_t) rand() << 29 >> shift, (uint64_t) rand() % 2 };
            if (i && rand() % 2)
                samples[i] = samples[i - 1];
        }
        size_t n = (size_t) rand() % N_SAMPLES;
        struct at_moments batch, singly;
        at_moments_init(&batch);
        at_moments_init(&singly);
        at_moments_add(&batch, samples, n);
        for (size_t i = 0; i < n; i++)
            at_moments_add(&singly, &samples[i], 1);
        cr_assert_eq(memcmp(&batch, &singly, sizeof batch), 0, "round %d, %zu samples", round, n);
    }
}

/* Spans without iterations have no rate: what they are merged with has the only one. */
Test(moments, a_rate_outlives_merging_with_none)
{
    const struct at_sample none = { 0, 5, 1 }, some[] = { { 1, 24, 2 }, { 3, 30, 3 } };
    for (int order = 0; order < 2; order++) {
        struct at_moments one, other;
        at_moments_init(&one);
        at_moments_init(&other);
        at_moments_add(order ? &one : &other, &none, 1);
        at_moments_merge(&one, &other);
        cr_expect(isnan(one.bytes.min) && isnan(one.bytes.max));
        at_moments_init(&other);
        at_moments_add(&other, some, 2);
        if (order) {
            at_moments_merge(&one, &other);
        } else {
            at_moments_merge(&other, &one);
            one = other;
        }
        cr_expect_eq(one.spans, 3);
        cr_expect_eq(one.bytes.min, 10);
        cr_expect_eq(one.bytes.max, 24);
        cr_expect_eq(one.allocs.min, 1);
        cr_expect_eq(one.allocs.max, 2);
    }
}

/* Add a random span to `whole` and to `part`, with a peak or without one. */
static void add_random(struct at_moments *whole, struct at_moments *part, bool has_peak)
{
    uint64_t n = (uint64_t) rand() % 1000, bytes = (uint64_t) rand() * (uint64_t) rand();
    struct at_sample sample = { n, bytes, n * 2 };
    int64_t peak = rand(), live = rand() - rand();
    if (has_peak) {
        at_moments_add_tracked(whole, &sample, peak, live);
        at_moments_add_tracked(part, &sample, peak, live);
    } else {
        at_moments_add(whole, &sample, 1);
        at_moments_add(part, &sample, 1);
    }
}

/* Every split of a list of spans into reports, merged in any order, gives the same bits. */
Test(moments, merging_in_any_order_and_grouping_is_the_same)
{
    enum { N_SPANS = 60, N_PARTS = 7, N_ROUNDS = 50 };
    srand(12345);
    for (int round = 0; round < N_ROUNDS; round++) {
        struct at_moments whole, parts[N_PARTS];
        at_moments_init(&whole);
        for (int i = 0; i < N_PARTS; i++)
            at_moments_init(&parts[i]);
        for (int i = 0; i < N_SPANS; i++) /* in each third round, the whole has no peak */
            add_random(&whole, &parts[rand() % N_PARTS], round % 3 || i % 20 != 7);
        cr_assert_eq(whole.peak_spans, round % 3 ? N_SPANS : 0);
        struct at_report_builder none = { 0 };
        struct at_report *merged = NULL;
        cr_assert_eq(at_report_builder_finish(&none, &merged), AT_OK);
        int first = rand() % N_PARTS;
        for (int i = 0; i < N_PARTS; i++) {
            struct at_report_builder builder = { 0 };
            struct at_report *part = NULL, *sum = NULL;
            at_test_add_row(&builder, "op", &parts[(first + i * 3) % N_PARTS]);
            cr_assert_eq(at_report_builder_finish(&builder, &part), AT_OK);
            cr_assert_eq(i % 2 ? at_report_merge(part, merged, &sum)
                               : at_report_merge(merged, part, &sum),
                         AT_OK);
            at_report_free(part);
            at_report_free(merged);
            merged = sum;
        }
        cr_assert_eq(at_report_n_operations(merged), 1);
        cr_assert_eq(memcmp(&merged->rows[0].moments, &whole, sizeof whole), 0, "round %d", round);
        at_report_free(merged);
    }
}

/* Return the peak of spans that were recorded in one report, and of spans whose reports were
   merged: both must be the same, bit for bit. */
static struct at_estimate estimate_peak(const struct at_test_level *levels, size_t n)
{
    struct at_report_builder builder = { 0 };
    struct at_report *whole = NULL, *merged = NULL;
    struct at_statistics once, again;
    at_test_add_levels(&builder, "op", levels, n);
    cr_assert_eq(at_report_builder_finish(&builder, &whole), AT_OK);
    for (size_t i = n; i-- > 0;)
        at_test_add_levels(&builder, "op", &levels[i], 1);
    cr_assert_eq(at_report_builder_finish(&builder, &merged), AT_OK);
    cr_assert_eq(at_report_statistics(whole, 0, &once), AT_OK);
    cr_assert_eq(at_report_statistics(merged, 0, &again), AT_OK);
    cr_expect_eq(
        memcmp(&whole->rows[0].moments, &merged->rows[0].moments, sizeof whole->rows[0].moments),
        0);
    at_report_free(whole);
    at_report_free(merged);
    return once.peak;
}

Test(moments, the_peak_is_the_mean_of_peaks_weighted_by_squares)
{
    struct at_estimate peak = estimate_peak((struct at_test_level[]){ { 1, 1000 }, { 3, 100 } }, 2);
    cr_expect_eq(peak.slope, 190);
    cr_expect_eq(peak.mean, 325);
    cr_expect(peak.has_interval);
    cr_expect_lt(peak.low, 190);
    cr_expect_gt(peak.high, 190);
    peak = estimate_peak((struct at_test_level[]){ { 2, 64 }, { 8, 64 }, { 1000, 64 } }, 3);
    cr_expect_eq(peak.slope, 64);
    cr_expect(peak.has_interval && peak.low == 64 && peak.high == 64);
    peak = estimate_peak((struct at_test_level[]){ { 4, 50 } }, 1);
    cr_expect_eq(peak.slope, 50);
    cr_expect_not(peak.has_interval);
    peak = estimate_peak((struct at_test_level[]){ { 0, 1000 }, { 1, 64 } }, 2);
    cr_expect_eq(peak.slope, 64);
    cr_expect_not(peak.has_interval, "a span without iterations shows no dispersion");
}

/* No number of spans and iterations overflows. */
Test(moments, the_largest_peaks_are_exact)
{
    const uint64_t n = UINT64_MAX / 4;
    struct at_estimate peak = estimate_peak(
        (struct at_test_level[]){ { n, INT64_MAX }, { n, INT64_MAX }, { n, INT64_MAX } }, 3);
    cr_expect_eq(peak.slope, (double) INT64_MAX);
    cr_expect(peak.has_interval && peak.low == peak.slope && peak.high == peak.slope);
}

Test(moments, one_span_without_a_peak_withholds_the_peak)
{
    cr_expect(
        isnan(estimate_peak((struct at_test_level[]){ { 1, 9 }, { 1, -1 }, { 1, 9 } }, 3).slope));
    cr_expect(isnan(estimate_peak((struct at_test_level[]){ { 1, -1 }, { 1, 9 } }, 2).slope));
    cr_expect(isnan(estimate_peak((struct at_test_level[]){ { 1, 9 }, { 0, -1 } }, 2).slope));
    cr_expect(isnan(estimate_peak((struct at_test_level[]){ { 0, 9 } }, 1).slope), "no iterations");
    cr_expect(isnan(estimate_peak((struct at_test_level[]){ { 1, -1 } }, 1).mean));
}
