/* SPDX-License-Identifier: MIT */
/* track/tracker.h: events of signal handlers, the queue of deferred events, and forks. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "regions.h"

static void *volatile sink;

/* Allocate inside the tracker, as a signal handler does that interrupts it. */
Test(tracker, deferred_events_are_applied)
{
    at_tracker_retain();
    void *older = malloc(7);
    struct at_region *region = begin(AT_PROCESS);
    cr_assert(at_tracker_enter());
    void *block = malloc(30);
    block = realloc(block, 40);
    free(older);
    sink = malloc(3);
    at_tracker_leave();
    struct at_usage usage = end(region);
    cr_expect_eq(usage.allocs, 3);
    cr_expect_eq(usage.reallocs, 1);
    cr_expect_eq(usage.bytes, 73);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.live, 40 + 3 - 7);
    cr_expect_eq(usage.leaks, 2);
    cr_expect_eq(usage.dropped, 0);
    free(block);
}

/* Deferred events are older than a region that begins before they are applied. */
Test(tracker, a_later_region_does_not_count_deferred_events)
{
    at_tracker_retain();
    cr_assert(at_tracker_enter());
    void *block = malloc(30);
    struct at_region *region = begin(AT_PROCESS);
    at_tracker_leave();
    struct at_usage before = at_region_usage(region);
    free(block);
    struct at_usage usage = end(region);
    cr_expect_eq(before.allocs, 0);
    cr_expect_eq(before.live, 0);
    cr_expect_eq(usage.frees, 1);
    cr_expect_eq(usage.live, -30);
    cr_expect_eq(usage.leaks, 0);
    cr_expect_eq(usage.dropped, 0);
}

Test(tracker, events_that_do_not_fit_the_queue_are_dropped)
{
    struct at_region *region = begin(AT_PROCESS);
    cr_assert(at_tracker_enter());
    for (int i = 0; i < 70; i++)
        sink = malloc(1);
    at_tracker_leave();
    struct at_usage usage = end(region);
    cr_expect_eq(usage.allocs, 64);
    cr_expect_eq(usage.dropped, 6);
    cr_expect_eq(end(begin(AT_PROCESS)).dropped, 0, "a later region has no dropped event");
}

/* Release a block past the library. The library notices when its address is returned again. */
void __libc_free(void *block);

Test(tracker, an_unseen_release_is_noticed_later)
{
    struct at_region *region = begin(AT_PROCESS);
    void *first = malloc(24);
    __libc_free(first);
    void *second = malloc(24);
    struct at_usage usage = end(region);
    cr_assert_eq(first, second);
    cr_expect_eq(usage.allocs, 2);
    cr_expect_eq(usage.live, 24);
    cr_expect_eq(usage.leaks, 1);
    free(second);
}

static volatile bool stop;

static volatile uint64_t opened, closed;

/* Change two variables with the lock held. They are equal while the lock is free. */
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

Test(tracker, fork_waits_for_the_lock, .timeout = 60)
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

/* After a fork while other threads allocate, the child's tracker works and counts the child's
 * calls. */
Test(tracker, fork_among_threads, .timeout = 60)
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

/* A child does not change the usage that its parent shares with other processes. */
Test(tracker, a_child_does_not_write_the_mirror)
{
    struct at_usage *mirror =
        mmap(NULL, sizeof *mirror, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct at_region *region = NULL;
    struct at_region_options options = { .scope = AT_PROCESS, .mirror = mirror };
    cr_assert_eq(at_region_open(&options, &region), AT_OK);
    sink = malloc(1);
    pid_t pid = fork();
    if (pid == 0) {
        for (volatile int i = 0; i < 5; i++)
            sink = malloc(1);
        _exit(0);
    }
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    uint64_t seen = mirror->allocs;
    end(region);
    cr_assert_eq(seen, 1);
}
