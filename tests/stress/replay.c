/* SPDX-License-Identifier: MIT */
/*
 * replay EVENTS SEED THREADS: makes EVENTS random calls of the malloc family in rounds, and
 * compares the composition of each region's peak and end with a replay; see replay.h.
 *
 * Regions of threads and of the process are nested and overlap. Some begin without call sites, some
 * are sealed. Threads release and reallocate each other's blocks. Steps inside permits may open and
 * close regions too. With an odd seed, a suppression excludes the call sites of one path.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc_tracker/suppress.h"
#include "replay_work.h"

static struct worker *workers;
static unsigned n_threads;
static pthread_barrier_t barrier;
static bool finished;

/* Return the number of steps. */
static size_t replay_round(void)
{
    static struct composition seen;
    const uint8_t *order;
    size_t n_order = replay_take_order(&order);
    for (size_t i = 0; i < n_order; i++)
        replay_step(&workers[order[i]].list, order[i]);
    for (unsigned i = 0; i < n_threads; i++) {
        struct worker *worker = &workers[i];
        if (worker->list.next != worker->list.n)
            replay_fail("steps in the order", (int64_t) worker->list.n,
                        (int64_t) worker->list.next);
        worker->list.n = worker->list.next = worker->n_closed = 0;
        for (unsigned j = 0; j < WATCHES_EACH; j++) {
            if (!worker->regions[j])
                continue;
            replay_read(worker->regions[j], &seen);
            replay_compare(i * WATCHES_EACH + j, &seen);
        }
    }
    return n_order;
}

static void make_steps(struct worker *worker)
{
    replay_record_thread((int) worker->id);
    replay_make_steps(worker, ROUND, 0);
    replay_record_thread(-1);
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    for (;;) {
        pthread_barrier_wait(&barrier);
        if (finished)
            return NULL;
        make_steps(worker);
        pthread_barrier_wait(&barrier);
    }
}

static void prepare_worker(unsigned id, uint64_t seed)
{
    unsigned share = MAX_IDS / n_threads;
    struct worker *worker = &workers[id];
    worker->id = id;
    worker->random = (seed + id) * 0x9E3779B97F4A7C15u + 1;
    worker->growth = 50;
    worker->list.steps = replay_pages(MAX_STEPS * sizeof *worker->list.steps);
    worker->closed = replay_pages(MAX_CLOSED * sizeof *worker->closed);
    worker->numbers = replay_pages(MAX_IDS * sizeof *worker->numbers);
    for (unsigned i = 0; i < share; i++)
        worker->numbers[worker->n_numbers++] = id * share + i;
}

static void prepare(uint64_t seed)
{
    struct at_region *recorder = NULL;
    replay_suppresses = seed % 2;
    if (replay_suppresses && at_suppress("function:path_5") != AT_OK)
        abort();
    const struct at_region_options options = { .scope = AT_PROCESS, .sites = replay_suppresses };
    if (at_region_open(&options, &recorder) != AT_OK)
        abort();
    workers = replay_pages(MAX_THREADS * sizeof *workers);
    replay_record(recorder, MAX_THREADS * MAX_STEPS);
    pthread_barrier_init(&barrier, NULL, n_threads);
    for (unsigned i = 0; i < n_threads; i++)
        prepare_worker(i, seed);
}

int main(int argc, char **argv)
{
    pthread_t threads[MAX_THREADS];
    if (argc != 4)
        return 2;
    uint64_t wanted = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10), n = 0;
    n_threads = (unsigned) strtoul(argv[3], NULL, 10);
    if (n_threads == 0 || n_threads > MAX_THREADS)
        return 2;
    prepare(seed);
    for (unsigned i = 1; i < n_threads; i++)
        if (pthread_create(&threads[i], NULL, run, &workers[i]) != 0)
            abort();
    while (n < wanted) {
        pthread_barrier_wait(&barrier);
        make_steps(&workers[0]);
        pthread_barrier_wait(&barrier);
        n += replay_round();
    }
    finished = true;
    pthread_barrier_wait(&barrier);
    for (unsigned i = 1; i < n_threads; i++)
        pthread_join(threads[i], NULL);
    printf("seed %llu: %llu events of %u threads, %llu peaks, %llu parts compared\n",
           (unsigned long long) seed, (unsigned long long) n, n_threads,
           (unsigned long long) replay_n_peaks(), (unsigned long long) replay_n_compared());
}
