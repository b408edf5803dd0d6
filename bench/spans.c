/* SPDX-License-Identifier: MIT */
/*
 * Measures the cost of a span, in ns of CPU time: a thread span, a process span with 8 live
 * threads, and both again after 100,000 threads have started and exited. Prints the best of 40
 * slices of each.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "alloc_tracker/alloc_tracker.h"

enum { SLICES = 40, SPANS = 20000, EXITED = 100000, LIVE = 8 };

static pthread_barrier_t ready, done;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double) time.tv_sec * 1e9 + (double) time.tv_nsec;
}

static double span(struct at_operation *operation, bool process)
{
    double best = 1e18;
    for (int slice = 0; slice < SLICES; slice++) {
        double start = now();
        for (int i = 0; i < SPANS; i++) {
            struct at_span span =
                process ? at_span_begin_process(operation) : at_span_begin_thread(operation);
            at_span_end(&span);
        }
        double taken = (now() - start) / SPANS;
        best = taken < best ? taken : best;
    }
    return best;
}

static void *live(void *arg)
{
    free(malloc(1));
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&done);
    return arg;
}

static void *exits(void *arg)
{
    free(malloc(1));
    return arg;
}

int main(void)
{
    struct at_session *session = at_session_new();
    struct at_operation *operation = at_session_operation(session, "span");
    pthread_t thread[LIVE];
    pthread_barrier_init(&ready, NULL, LIVE + 1);
    pthread_barrier_init(&done, NULL, LIVE + 1);
    for (int i = 0; i < LIVE; i++)
        pthread_create(&thread[i], NULL, live, NULL);
    pthread_barrier_wait(&ready);
    printf("%.1f %.1f ", span(operation, false), span(operation, true));
    for (int i = 0; i < EXITED; i++) {
        pthread_t one;
        pthread_create(&one, NULL, exits, NULL);
        pthread_join(one, NULL);
    }
    printf("%.1f %.1f\n", span(operation, false), span(operation, true));
    pthread_barrier_wait(&done);
    for (int i = 0; i < LIVE; i++)
        pthread_join(thread[i], NULL);
    at_session_free(session);
}
