/* SPDX-License-Identifier: MIT */
/* guard/panic.h: Criterion's allocations do not fire the trap, and only one of two threads does. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <alloc_tracker/panic.h>
#include <criterion/criterion.h>
#include <criterion/logging.h>

enum { N_ROUNDS = 1000 };

static void *volatile sink;
static int n_panics;  /* atomic */
static int n_waiting; /* atomic */

static void count_panic(void)
{
    __atomic_fetch_add(&n_panics, 1, __ATOMIC_SEQ_CST);
}

static void keep_quiet(void)
{
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDERR_FILENO);
    close(nothing);
    at_set_panic_handler(count_panic);
}

TestSuite(panic, .init = keep_quiet);

Test(panic, criterion_does_not_fire_it)
{
    at_panic_on_next_alloc(true);
    cr_log_info("a message that takes memory: %d", 1);
    int before = n_panics;
    sink = malloc(1);
    cr_assert_eq(before, 0);
    cr_assert_eq(n_panics, 1);
}

/* Let both threads continue at the same moment. On a single processor, yield to the other thread.
 */
static void meet(int round)
{
    __atomic_fetch_add(&n_waiting, 1, __ATOMIC_SEQ_CST);
    for (int i = 1; __atomic_load_n(&n_waiting, __ATOMIC_SEQ_CST) < 2 * round; i++)
        if (i % 1000 == 0)
            sched_yield();
}

static void *allocate(void *arg)
{
    for (int round = 1; round <= N_ROUNDS; round++) {
        meet(2 * round - 1);
        free(malloc(1));
        meet(2 * round);
    }
    return arg;
}

Test(panic, one_of_two_threads_fires_it, .timeout = 120)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, allocate, NULL), 0);
    for (int round = 1; round <= N_ROUNDS; round++) {
        at_panic_on_next_alloc(true);
        meet(2 * round - 1);
        sink = malloc(1);
        meet(2 * round);
        free(sink);
    }
    pthread_join(thread, NULL);
    cr_assert_eq(n_panics, N_ROUNDS);
}
