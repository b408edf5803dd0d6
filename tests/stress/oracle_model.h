/* SPDX-License-Identifier: MIT */
/*
 * What the oracle writes down, and its comparison with the library.
 *
 * Each thread writes its own part of every figure. A region is watched by a copy of its figures:
 * they are exact as soon as every thread that could change them stands at a barrier, or when only
 * the thread that asks can. So is the peak while one thread alone changes live; where several did,
 * it lies between two bounds, told from each thread's own highest and lowest.
 */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include "alloc_tracker/counters.h"
#include "alloc_tracker/region.h"
#include "oracle.h"

enum { MAX_THREADS = 64, MAX_OPEN = 4, N_BLOCKS = 160, N_SLOTS = 256 };

#define NEVER UINT64_MAX

struct site_figures {
    uint64_t epoch; /* of the watch that it is valid for */
    uint64_t count, bytes, least, most;
    int64_t leaks, leaked_bytes;
};

/* One thread's part of what is watched. */
struct part {
    uint64_t epoch;
    struct at_counters counters;
    int64_t net, high, low; /* live since the last fold: now, highest and lowest */
    int64_t leaks, leaked_bytes;
    uint64_t unknown; /* releases of blocks that the library cannot know */
    uint64_t maybe;   /* and of those of which it depends on other threads whether it does */
    struct site_figures sites[N_SITES];
};

struct watch {
    struct at_region *region;
    enum at_scope scope;
    unsigned thread;
    bool open;
    uint64_t start; /* the clock when it began: later blocks are inside */
    uint64_t epoch;
    int64_t live, least_peak, most_peak;
    struct part *parts; /* by thread */
};

struct worker {
    unsigned id;
    uint64_t random;
    uint64_t step;
    struct block blocks[N_BLOCKS];
    unsigned n_blocks;
    struct watch watches[MAX_OPEN]; /* regions of this thread */
    unsigned n_open;
    uint64_t tracking_since;     /* by regions of its own; NEVER without one */
    struct at_counters total;    /* since the round began */
    struct at_counters base;     /* the library's then */
    struct at_counters started;  /* atomic: `total`, the call in flight included */
    struct at_counters finished; /* atomic: and not included */
};

/* What all threads share; set while they stand at a barrier. */
struct model {
    uint64_t seed;
    unsigned round;
    unsigned n_threads;
    uint64_t clock;          /* atomic: grows with each region */
    uint64_t tracking_since; /* by regions of the process */
    struct worker *workers;
    struct watch watches[MAX_OPEN]; /* regions of the process */
    struct at_counters base;
    uint64_t n_compared; /* atomic: figures */
    uint64_t n_regions;  /* atomic */
};

extern struct model model;

void *model_pages(size_t bytes);

/* Prints what the figure should have been, and ends the program. */
_Noreturn void model_fail(const struct worker *worker, const char *what, uint64_t expected,
                          uint64_t seen);
void model_equal(const struct worker *worker, const char *what, uint64_t expected, uint64_t seen);

/* Events, as the calling thread sees them. */
void model_alloc(struct worker *worker, unsigned site, size_t size, bool is_realloc);
void model_end_block(struct worker *worker, const struct block *block);
void model_free(struct worker *worker);
void model_failed(struct worker *worker);
void model_exception(struct worker *worker, unsigned path, unsigned depth);

/* What the next call will do to the counters, told to the others before and after. */
void model_starts(struct worker *worker, struct at_counters change);
void model_finishes(struct worker *worker, struct at_counters change);

void model_open(struct watch *watch, enum at_scope scope, unsigned thread);
void model_fold(struct watch *watch);
void model_close(struct worker *worker, struct watch *watch);

/* Opens and closes a region of the process among running threads: figures within bounds. */
struct glance {
    struct at_region *region;
    struct at_counters least_before, most_before;
};
void model_glance_begin(struct glance *glance);
void model_glance_end(struct worker *worker, struct glance *glance);

/* Thread and process counters. The latter while all threads stand. */
void model_check_thread(struct worker *worker);
void model_check_process(void);

#endif
