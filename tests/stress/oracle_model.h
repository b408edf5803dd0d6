/* SPDX-License-Identifier: MIT */
/*
 * The recording of the oracle, and its comparison with the library.
 *
 * A watch is the recording of one region. It has one part for each thread, and a thread writes only
 * its own part. The sum is exact while all threads that can change it wait at a barrier, or if only
 * the calling thread can change it. The peak is exact if only one thread changed live. Otherwise it
 * has two bounds, which follow from the highest and lowest value of each thread.
 */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include "alloc_tracker/counters.h"
#include "alloc_tracker/region.h"
#include "oracle.h"

enum { MAX_THREADS = 64, MAX_OPEN = 4, N_BLOCKS = 160, N_SLOTS = 256 };

#define NEVER UINT64_MAX

struct site_metrics {
    uint64_t epoch; /* of the watch to which these values belong */
    uint64_t count, bytes, least, most;
    int64_t leaks, leaked_bytes;
};

/* One thread's part of a watch. */
struct part {
    uint64_t epoch;
    struct at_counters counters;
    int64_t net, high, low; /* live since the last fold: now, highest and lowest */
    int64_t leaks, leaked_bytes;
    uint64_t unknown; /* releases of blocks without a record in the library */
    uint64_t maybe;   /* releases of blocks whose record depends on other threads */
    struct site_metrics sites[N_SITES];
};

struct watch {
    struct at_region *region;
    enum at_scope scope;
    unsigned thread;
    bool open;
    uint64_t start; /* model.clock at its begin: later blocks are inside */
    uint64_t epoch;
    int64_t live, least_peak, most_peak;
    struct part *parts; /* indexed by thread */
};

struct worker {
    unsigned id;
    uint64_t random;
    uint64_t step;
    struct block blocks[N_BLOCKS];
    unsigned n_blocks;
    struct watch watches[MAX_OPEN]; /* regions of this thread */
    unsigned n_open;
    uint64_t tracking_since;     /* begin of its first open region; NEVER if it has none */
    struct at_counters total;    /* since the round began */
    struct at_counters base;     /* the library's counters at the begin of the round */
    struct at_counters started;  /* atomic: `total`, including the current call */
    struct at_counters finished; /* atomic: `total`, without the current call */
};

/* The state that all threads share. It is set while they wait at a barrier. */
struct model {
    uint64_t seed;
    unsigned round;
    unsigned n_threads;
    uint64_t clock;          /* atomic: incremented by each region */
    uint64_t tracking_since; /* begin of the first region of the process, or NEVER */
    struct worker *workers;
    struct watch watches[MAX_OPEN]; /* regions of the process */
    struct at_counters base;
    uint64_t n_compared; /* atomic: number of compared metrics */
    uint64_t n_regions;  /* atomic */
};

extern struct model model;

void *model_pages(size_t bytes);

/* Print the expected and the actual value, and end the program. */
_Noreturn void model_fail(const struct worker *worker, const char *what, uint64_t expected,
                          uint64_t seen);
void model_equal(const struct worker *worker, const char *what, uint64_t expected, uint64_t seen);

/* Record an event of the calling thread. */
void model_alloc(struct worker *worker, unsigned site, size_t size, bool is_realloc);
void model_end_block(struct worker *worker, const struct block *block);
void model_free(struct worker *worker);
void model_failed(struct worker *worker);
void model_exception(struct worker *worker, unsigned path, unsigned depth);

/* Publish the change of the counters by the next call, before and after the call. */
void model_starts(struct worker *worker, struct at_counters change);
void model_finishes(struct worker *worker, struct at_counters change);

void model_open(struct watch *watch, enum at_scope scope, unsigned thread);
void model_fold(struct watch *watch);
void model_close(struct worker *worker, struct watch *watch);

/* A region of the process that opens and closes while other threads run. Its counters have bounds.
 */
struct brief_region {
    struct at_region *region;
    struct at_counters least_before, most_before;
};
void model_brief_begin(struct brief_region *brief);
void model_brief_end(struct worker *worker, struct brief_region *brief);

/* Compare the counters of the thread, and of the process. The latter requires that all threads
 * wait. */
void model_check_thread(struct worker *worker);
void model_check_process(void);

#endif
