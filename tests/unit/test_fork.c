/* SPDX-License-Identifier: MIT */
/* A child that is forked while other threads are at work has tables that are whole. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_tracker/criterion.h"
#include "track/region.h"

static void *volatile sink;

static volatile bool stop;

static volatile uint64_t opened, closed;

/* What the tracker's lock guards is only whole while nobody holds it. */
static void *hold_and_change(void *arg)
{
    while (!stop) {
        bool entered = at_tracker_hold();
        opened++;
        for (volatile int i = 0; i < 1000; i++)
            continue;
        closed++;
        at_tracker_unhold(entered);
    }
    return arg;
}

Test(fork, waits_for_the_lock, .timeout = 60)
{
    pthread_t thread;
    pthread_create(&thread, NULL, hold_and_change, NULL);
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(opened == closed ? 0 : 1);
        int status = -1;
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert_eq(status, 0);
    }
    stop = true;
    pthread_join(thread, NULL);
}

static void *churn(void *arg)
{
    while (!stop)
        free(malloc(64));
    return arg;
}

/* A child forked while other threads allocate has a tracker that works, and counts for itself. */
Test(fork, among_threads, .timeout = 60)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, churn, NULL);
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct at_region *region = NULL;
            if (at_region_begin(AT_PROCESS, &region) != AT_OK)
                _exit(1);
            sink = malloc(5);
            at_region_end(region);
            struct at_usage usage = at_region_usage(region);
            _exit(usage.allocs == 1 && usage.bytes == 5 ? 0 : 2);
        }
        int status = -1;
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert_eq(status, 0);
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
