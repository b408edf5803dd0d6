/* SPDX-License-Identifier: MIT */
/*
 * oracle OPERATIONS SEED counting|tracking: makes OPERATIONS random calls of the malloc family, in
 * rounds of 1 to 64 threads, and compares the library with a recording; see oracle.h.
 *
 * `counting` opens no region. `tracking` has two kinds of rounds. Some are tracked from begin to
 * end: regions of the process and of threads open and close inside, and are nested. In the others,
 * only the threads' own regions switch tracking on and off.
 *
 * A round consists of phases with a barrier between them. In a phase, threads either open and close
 * regions, or release each other's blocks. They never do both, because then the order of the two
 * would not be known.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/alloc_tracker.h"
#include "oracle_model.h"
#include "oracle_work.h"

enum phase { LOCAL, EXCHANGE, CLOSE, DRAIN, DONE };

static pthread_barrier_t barrier;
static bool tracking;    /* the mode of the command line */
static bool tracked;     /* this round is tracked from begin to end */
static enum phase phase; /* set while all threads wait */
static unsigned n_steps; /* of each thread in the phase */
static unsigned n_left;  /* remaining phases of the round */
static uint64_t leader_random;

static void close_some(struct worker *worker, unsigned left)
{
    while (worker->n_open > left) {
        unsigned i = work_pick(&worker->random, MAX_OPEN);
        if (!worker->watches[i].open)
            continue;
        model_close(worker, &worker->watches[i]);
        if (--worker->n_open == 0)
            worker->tracking_since = NEVER;
    }
}

static void open_one(struct worker *worker)
{
    unsigned i = 0;
    while (worker->watches[i].open)
        i++;
    model_open(&worker->watches[i], AT_THREAD, worker->id);
    if (worker->n_open++ == 0)
        worker->tracking_since = worker->watches[i].start;
}

/* Open a region of the process around a few steps of this thread, while other threads run. */
static void run_brief_region(struct worker *worker)
{
    struct brief_region brief;
    model_brief_begin(&brief);
    for (unsigned n = work_pick(&worker->random, 20); n > 0; n--)
        work_step(worker, false);
    model_brief_end(worker, &brief);
}

static void local_step(struct worker *worker)
{
    /* No region before the first region of a tracked round. */
    bool may_open = tracking && tracked == (model.tracking_since != NEVER);
    unsigned what = may_open ? work_pick(&worker->random, 200) : 200;
    if (what < 4 && worker->n_open < MAX_OPEN)
        open_one(worker);
    else if (what >= 4 && what < 8 && worker->n_open > 0)
        close_some(worker, worker->n_open - 1);
    /* The model of a single thread expects tracking only in regions that the thread opened. */
    else if (what == 8 && (tracked || model.n_threads > 1))
        run_brief_region(worker);
    work_step(worker, false);
}

static void run_phase(struct worker *worker)
{
    for (unsigned i = 0; phase == LOCAL && i < n_steps; i++)
        local_step(worker);
    for (unsigned i = 0; phase == EXCHANGE && i < n_steps; i++)
        work_step(worker, true);
    if (phase == CLOSE)
        close_some(worker, 0);
    if (phase == DRAIN)
        work_drain(worker);
    model_check_thread(worker);
}

static void fold_all(void)
{
    for (unsigned i = 0; i < MAX_OPEN; i++)
        if (model.watches[i].open)
            model_fold(&model.watches[i]);
    for (unsigned i = 0; i < model.n_threads; i++)
        for (unsigned j = 0; j < MAX_OPEN; j++)
            if (model.workers[i].watches[j].open)
                model_fold(&model.workers[i].watches[j]);
}

/* The first region of a tracked round stays open until the end, so all later blocks are recorded.
 */
static void open_and_close(void)
{
    if (tracked && model.tracking_since == NEVER) {
        model_open(&model.watches[0], AT_PROCESS, 0);
        model.tracking_since = model.watches[0].start;
    }
    for (unsigned i = 1; i < MAX_OPEN && tracked; i++) {
        if (work_pick(&leader_random, 3) > 0)
            continue;
        if (model.watches[i].open)
            model_close(&model.workers[0], &model.watches[i]);
        else
            model_open(&model.watches[i], AT_PROCESS, 0);
    }
}

/* Thread 0 runs this between two phases, while all other threads wait. */
static void prepare_phase(void)
{
    bool first = phase == DONE;
    if (first)
        model.base = at_process_counters();
    fold_all();
    model_check_process();
    if (!first && n_left > 0)
        open_and_close();
    if (n_left == 0)
        work_drain_slots(&model.workers[0]);
    for (unsigned i = 0; i < MAX_OPEN && n_left == 0; i++)
        if (model.watches[i].open)
            model_close(&model.workers[0], &model.watches[i]);
    bool may_exchange = (!tracking || tracked) && work_pick(&leader_random, 2);
    phase = n_left == 0    ? DONE
            : n_left == 1  ? DRAIN
            : n_left == 2  ? CLOSE
            : may_exchange ? EXCHANGE
                           : LOCAL;
    n_left--;
    unsigned most = work_pick(&leader_random, 4) ? 6000 : 60000;
    n_steps = 1 + work_pick(&leader_random, most / model.n_threads);
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    worker->base = at_thread_counters();
    for (;;) {
        pthread_barrier_wait(&barrier);
        if (worker->id == 0)
            prepare_phase();
        pthread_barrier_wait(&barrier);
        if (phase == DONE)
            return NULL;
        run_phase(worker);
    }
}

static unsigned pick_n_threads(void)
{
    switch (model.round % 4) {
        case 0: return 1;
        case 1: return 2 + work_pick(&leader_random, 6);
        case 2: return 1 + work_pick(&leader_random, MAX_THREADS);
        default: return MAX_THREADS;
    }
}

/* Run a round. Its number decides its kind. Return the number of calls. */
static uint64_t run_round(void)
{
    pthread_t threads[MAX_THREADS];
    uint64_t n_calls = 0;
    tracked = tracking && model.round % 3 != 0;
    n_left = 5 + work_pick(&leader_random, 8);
    phase = DONE;
    model.n_threads = pick_n_threads();
    model.tracking_since = NEVER;
    work_use_new_handler(model.round % 2 == 0);
    pthread_barrier_init(&barrier, NULL, model.n_threads);
    for (unsigned i = 0; i < model.n_threads; i++)
        work_start(&model.workers[i], i, leader_random + i);
    for (unsigned i = 1; i < model.n_threads; i++)
        if (pthread_create(&threads[i], NULL, run, &model.workers[i]) != 0)
            abort();
    run(&model.workers[0]);
    for (unsigned i = 1; i < model.n_threads; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < model.n_threads; i++)
        n_calls += model.workers[i].step;
    return n_calls;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    uint64_t wanted = strtoull(argv[1], NULL, 10), n_calls = 0;
    model.seed = leader_random = strtoull(argv[2], NULL, 10);
    tracking = strcmp(argv[3], "tracking") == 0;
    model.workers = model_pages(MAX_THREADS * sizeof *model.workers);
    for (; n_calls < wanted; model.round++)
        n_calls += run_round();
    printf("seed %llu: %llu calls in %u rounds, %llu regions, %llu metrics compared\n",
           (unsigned long long) model.seed, (unsigned long long) n_calls, model.round,
           (unsigned long long) model.n_regions, (unsigned long long) model.n_compared);
}
