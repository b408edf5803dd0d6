/* SPDX-License-Identifier: MIT */
/* Makes N operations, where N is the first argument. Merges their report with itself and prints it.
   With a second argument, writes the report to that directory and reads it again. */
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static struct at_report *report_of(int n)
{
    struct at_session *session = at_session_new();
    struct at_report *report;
    char name[32];
    for (int i = 0; i < 2 * n; i++) { /* each name is looked up twice */
        snprintf(name, sizeof name, "operation-%05d", i % n);
        struct at_span span = at_span_begin_thread(at_session_operation(session, name));
        at_span_end(&span);
    }
    if (at_session_report(session, &report) != AT_OK)
        abort();
    at_session_free(session);
    return report;
}

int main(int argc, char **argv)
{
    struct at_report *report = report_of(atoi(argv[1])), *other = report, *merged;
    if (argc > 2
        && (at_report_write_dir(report, argv[2], NULL) != AT_OK
            || at_report_read_dir(argv[2], &other, NULL) != AT_OK))
        abort();
    if (at_report_merge(report, other, &merged) != AT_OK
        || at_report_print(merged, stderr) != AT_OK)
        abort();
    printf("%zu operations\n", at_report_n_operations(merged));
}
