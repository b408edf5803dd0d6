/* SPDX-License-Identifier: MIT */
/*
 * Statistics of spans with few and with very many iterations. The digits must be the same on every
 * machine, because the library computes them from integers that are wider than a register.
 */
#include <stdio.h>

#include <alloc_tracker/alloc_tracker.h>

static void show(const char *name, struct at_estimate estimate)
{
    printf("%s: %.12g %.12g %.12g %.12g\n", name, estimate.mean, estimate.slope, estimate.low,
           estimate.high);
}

int main(void)
{
    struct at_session *session = at_session_new();
    struct at_operation *operation = at_session_operation(session, "operation");
    for (uint64_t i = 1; i <= 40; i++) {
        struct at_span span = at_span_begin_thread(operation);
        at_note_alloc(&session, (size_t) (1234567 + i * i * 765432));
        at_note_alloc(&operation, 3);
        at_span_set_iterations(&span, i % 4 ? i : i << 33);
        at_span_end(&span);
    }
    struct at_report *report;
    struct at_statistics statistics;
    if (at_session_report(session, &report) != AT_OK
        || at_report_statistics(report, 0, &statistics) != AT_OK)
        return 1;
    show("bytes", statistics.bytes);
    show("allocs", statistics.allocs);
    return 0;
}
