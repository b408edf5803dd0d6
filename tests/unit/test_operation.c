/* SPDX-License-Identifier: MIT */
/* What a session knows of its operations: as text, without iterations, and the peak. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"

static void *volatile sink;
static struct at_session *session;

static void set_up(void)
{
    session = at_session_new();
}

static void tear_down(void)
{
    session = at_session_free(session);
}

TestSuite(operation, .init = set_up, .fini = tear_down);

/* Allocate and free `size` bytes, `n` times in turn. */
static void work(size_t n, size_t size)
{
    for (volatile size_t i = 0; i < n; i++) {
        sink = malloc(size);
        free(sink);
    }
}

static void expect_text(const char *name, const char *expected)
{
    char text[128];
    struct at_operation *operation = at_session_operation(session, name);
    cr_expect_eq(at_operation_format(operation, text, sizeof text), AT_OK);
    cr_expect_str_eq(text, expected);
}

Test(operation, an_operation_as_text)
{
    expect_text("op", "no measurements");
    at_measure_thread (at_session_operation(session, "op"), 4) {
        work(1, 5010);
    }
    expect_text("op", "1,252.5 bytes/iter, 0.25 allocations/iter");
    at_measure_thread (at_session_operation(session, "none"), 0) {
        work(1, 1);
    }
    expect_text("none", "NaN bytes/iter, NaN allocations/iter");
}

/* As in the crate: a session is empty until something was iterated. */
Test(operation, zero_iterations_leave_a_session_empty)
{
    at_measure_thread (at_session_operation(session, "op"), 0) {
        work(1, 10);
    }
    cr_expect(at_session_is_empty(session));
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_expect_eq(at_session_print(session, stream), AT_OK);
    fclose(stream);
    cr_expect_str_eq(text, "No allocation statistics captured.\n");
    free(text);
    at_measure_thread (at_session_operation(session, "op")) {
    }
    cr_expect_not(at_session_is_empty(session));
}

static struct at_estimate read_peak(struct at_operation_totals *totals)
{
    struct at_report *report = NULL;
    struct at_statistics statistics;
    cr_assert_eq(at_session_report(session, &report), AT_OK);
    cr_assert_eq(at_report_statistics(report, 0, &statistics), AT_OK);
    cr_assert_eq(at_report_operation(report, 0, totals), AT_OK);
    at_report_free(report);
    return statistics.peak;
}

static void track(struct at_operation *operation, enum at_scope scope, size_t n, size_t size)
{
    struct at_span span;
    cr_assert_eq(at_span_begin_tracked(operation, scope, &span), AT_OK);
    at_span_set_iterations(&span, n);
    work(n, size);
    at_span_end(&span);
}

Test(operation, one_span_that_is_not_tracked_withholds_the_peak)
{
    struct at_operation *operation = at_session_operation(session, "op");
    struct at_operation_totals totals;
    track(operation, AT_THREAD, 1, 1000);
    track(operation, AT_PROCESS, 3, 100);
    struct at_estimate peak = read_peak(&totals);
    cr_expect_eq(peak.slope, 190, "(1 * 1000 + 9 * 100) / (1 + 9)");
    cr_expect(peak.has_interval);
    at_measure_thread (operation) {
        work(1, 1);
    }
    cr_expect(isnan(read_peak(&totals).slope));
    track(operation, AT_THREAD, 3, 100);
    cr_expect(isnan(read_peak(&totals).slope));
    cr_expect_not(read_peak(&totals).has_interval);
    cr_expect_eq(totals.max_peak, 1000, "the largest peak of the tracked spans stays");
    cr_expect_eq(totals.tracked_spans, 3);
}
