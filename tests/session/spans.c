/* SPDX-License-Identifier: MIT */
/*
 * Reads lines "iterations bytes allocations" from standard input, and makes a span of each line
 * through the public interface, with a pool as the allocator. Makes a tracked span of another
 * operation, too, in which the bytes are the peak. Prints the statistics, with the peak of the
 * other operation, and then the statistics of a report that is merged from one report for each
 * span.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static void fail(const char *what)
{
    fprintf(stderr, "spans: %s\n", what);
    exit(1);
}

static void print_estimate(const struct at_estimate *estimate)
{
    printf(" %.17g %.17g %d %.17g %.17g", estimate->mean, estimate->slope, estimate->has_interval,
           estimate->low, estimate->high);
}

static void print(const struct at_report *report)
{
    struct at_statistics statistics, tracked;
    struct at_operation_totals operation;
    if (at_report_statistics(report, 0, &statistics) != AT_OK
        || at_report_statistics(report, 1, &tracked) != AT_OK
        || at_report_operation(report, 0, &operation) != AT_OK)
        fail("no operation");
    printf("%" PRIu64 " %.17g %.17g", statistics.spans, operation.min_bytes, operation.max_bytes);
    print_estimate(&statistics.bytes);
    print_estimate(&statistics.allocs);
    print_estimate(&tracked.peak);
    printf("\n");
}

static void record_tracked(struct at_session *session, uint64_t n, uint64_t bytes)
{
    static char pool[1];
    struct at_span span;
    if (at_span_begin_tracked(at_session_operation(session, "tracked"), AT_THREAD, &span) != AT_OK)
        fail("no tracked span");
    at_note_alloc(pool, bytes);
    at_note_free(pool);
    at_span_set_iterations(&span, n);
    at_span_end(&span);
}

static void record(struct at_session *session, uint64_t n, uint64_t bytes, uint64_t allocs)
{
    static char pool[1];
    record_tracked(session, n, bytes);
    struct at_span span = at_span_begin_thread(at_session_operation(session, "operation"));
    for (uint64_t i = 0; i < allocs; i++)
        at_note_alloc(pool, i == 0 ? bytes : 0);
    at_span_set_iterations(&span, n);
    at_span_end(&span);
}

int main(void)
{
    struct at_session *whole = at_session_new();
    struct at_report *merged = NULL;
    uint64_t n, bytes, allocs;
    while (scanf("%" SCNu64 " %" SCNu64 " %" SCNu64, &n, &bytes, &allocs) == 3) {
        struct at_session *single = at_session_new();
        struct at_report *part, *sum;
        record(whole, n, bytes, allocs);
        record(single, n, bytes, allocs);
        if (at_session_report(single, &part) != AT_OK)
            fail("no report");
        at_session_free(single);
        if (!merged) {
            merged = part;
            continue;
        }
        if (at_report_merge(part, merged, &sum) != AT_OK)
            fail("no merge");
        at_report_free(part);
        at_report_free(merged);
        merged = sum;
    }
    struct at_report *report;
    if (at_session_report(whole, &report) != AT_OK)
        fail("no report");
    print(report);
    print(merged);
    return 0;
}
