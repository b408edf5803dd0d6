/* SPDX-License-Identifier: MIT */
/* track/thread.h: which thread a block of counters belongs to, and until when. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include <alloc_tracker/counters.h>
#include <criterion/criterion.h>

static __thread void *volatile sink; /* each thread releases its own block */
static pthread_key_t key;
static uint64_t n_seen[PTHREAD_DESTRUCTOR_ITERATIONS]; /* in each round of destructors */
static size_t n_rounds;

static void take(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sink = malloc(8);
        free(sink);
    }
}

static void on_end(void *arg)
{
    n_seen[n_rounds++] = at_thread_counters().allocs;
    take(1);
    pthread_setspecific(key, arg);
}

static void *take_three(void *arg)
{
    *(uint64_t *) arg = at_thread_counters().allocs;
    take(3);
    return NULL;
}

static void *end_slowly(void *arg)
{
    pthread_setspecific(key, arg);
    take(3);
    return NULL;
}

static void run(void *(*function)(void *), void *arg)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, function, arg), 0);
    pthread_join(thread, NULL);
}

Test(thread, counters_begin_at_zero_in_a_used_block)
{
    for (int i = 0; i < 40; i++) { /* more threads than blocks of counters */
        uint64_t n_at_start = 1;
        run(take_three, &n_at_start);
        cr_assert_eq(n_at_start, 0);
    }
}

/* A thread returns its block in the last round of destructors. Allocations of later destructors in
   this round are counted for the process, but for no thread. */
Test(thread, a_thread_has_its_block_until_the_last_round_of_destructors)
{
    pthread_key_create(&key, on_end);
    run(take_three, &(uint64_t){ 0 }); /* the first thread: libc allocates for it */
    struct at_counters before = at_process_counters();
    run(end_slowly, &key);
    struct at_counters after = at_process_counters();
    cr_assert_eq(n_rounds, PTHREAD_DESTRUCTOR_ITERATIONS);
    for (size_t i = 0; i + 1 < n_rounds; i++)
        cr_expect_eq(n_seen[i], 3 + i, "round %zu", i);
    cr_expect_eq(n_seen[n_rounds - 1], 0);
    cr_expect_eq(after.allocs - before.allocs, 3 + n_rounds);
}
