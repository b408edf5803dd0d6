/* SPDX-License-Identifier: MIT */
/*
 * The replay of recorded events: it computes the composition of the peak and of the end of each
 * region in the plainest way. At each new peak it copies the live blocks of every call site.
 *
 * Each thread records its own steps before the library sees them. The library gives only the order
 * of all steps, as a list of threads. So each thread's steps keep their order. The replay checks
 * that a block that one thread allocates and another one releases begins before it ends.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "oracle.h"
#include "track/region.h"

enum { MAX_THREADS = 8, WATCHES_EACH = 2, MAX_WATCHES = MAX_THREADS * WATCHES_EACH };
enum { MAX_IDS = 1 << 16 };

/* The parts of a composition: the call sites of oracle.h, and these two. */
enum { UNSITED = N_SITES, BEFORE, N_PARTS };

enum step_kind {
    STEP_BEGIN, /* a block begins; a realloc also ends `old` */
    STEP_END,   /* the block `old` ends */
    STEP_FAILED,
    STEP_OPEN, /* a region, in the slot `watch` */
    STEP_CLOSE,
    STEP_SEAL,
    STEP_WANT_SITES,
};

/* What the library found for a region. */
struct composition {
    struct at_usage usage;
    struct at_site_part peak[N_PARTS];
    struct at_site_part live[N_PARTS];
};

#define NO_BLOCK UINT32_MAX
#define PERMITTED_EVERYWHERE UINT64_MAX

struct step {
    enum step_kind kind;
    uint32_t block; /* numbers of blocks */
    uint32_t old;
    unsigned site;
    size_t size;
    uint64_t number; /* of this step among the steps and permits of its thread */
    uint64_t permit; /* number of the innermost permit, or 0 */
    unsigned watch;
    enum at_scope scope;      /* STEP_OPEN */
    bool sites;               /* STEP_OPEN: the region records call sites from its begin */
    struct composition *seen; /* STEP_CLOSE */
};

/* The steps of one thread since the last replay. */
struct step_list {
    struct step *steps;
    size_t n;
    size_t next; /* to be replayed */
};

/* Return zeroed memory that does not come from malloc. */
void *replay_pages(size_t bytes);

/* Print a message and end the program. */
_Noreturn void replay_fail(const char *what, int64_t expected, int64_t seen);

/* Record the order of all steps with the help of `region`, which stays open. Between two calls of
   replay_take_order() there are at most `n_steps`. */
void replay_record(struct at_region *region, size_t n_steps);

/* Record the steps of the calling thread as those of `thread`, or do not record them if it is -1.
 */
void replay_record_thread(int thread);

/* Set this while a change of a region takes a number in the order of events, or reads the last one:
   the change is a step. */
extern __thread bool replay_notes_number;

/* Set `*threads` to the threads of all steps since the last call, in their order. Return the number
   of steps. */
size_t replay_take_order(const uint8_t **threads);

/* Apply the next step of `thread`. */
void replay_step(struct step_list *list, unsigned thread);

/* Compare an open region with what the library has found so far. */
void replay_compare(unsigned watch, const struct composition *seen);

/* Return the number of new peaks, or of compared parts that are not empty. */
uint64_t replay_n_peaks(void);
uint64_t replay_n_compared(void);

#endif
