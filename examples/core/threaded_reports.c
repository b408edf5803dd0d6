/* SPDX-License-Identifier: MIT */
/* Each thread has its own session. The reports are merged, and the result is written as JSON. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

enum { N_THREADS = 4 };

static void *volatile blocks[N_THREADS];

static void *measure(void *arg)
{
    size_t me = (size_t) arg;
    struct at_session *session = at_session_new();
    at_measure_thread (at_session_operation(session, "shared work")) {
        blocks[me] = malloc(100);
        free(blocks[me]);
    }
    at_measure_thread (at_session_operation(session, me % 2 ? "odd work" : "even work")) {
        blocks[me] = malloc(me + 1);
        free(blocks[me]);
    }
    struct at_report *report = NULL;
    at_session_report(session, &report);
    at_session_free(session);
    return report;
}

int main(int argc, char **argv)
{
    pthread_t threads[N_THREADS];
    for (size_t i = 0; i < N_THREADS; i++)
        pthread_create(&threads[i], NULL, measure, (void *) i);

    struct at_report *total = NULL;
    for (size_t i = 0; i < N_THREADS; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        struct at_report *report = result, *merged;
        if (total && at_report_merge(total, report, &merged) == AT_OK) {
            at_report_free(total);
            at_report_free(report);
            report = merged;
        }
        total = report;
    }
    at_report_print(total, stdout);

    struct at_report_error error;
    if (argc > 1 && at_report_write_dir(total, argv[1], &error) != AT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    at_report_free(total);
    return 0;
}
