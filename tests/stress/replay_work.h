/* SPDX-License-Identifier: MIT */
/* The random steps of one thread of the replay. */
#ifndef REPLAY_WORK_H
#define REPLAY_WORK_H

#include "replay.h"

enum { ROUND = 20000, MAX_STEPS = ROUND + 1, MAX_BLOCKS = 2000, N_SLOTS = 64, MAX_CLOSED = 64 };

struct held {
    struct block block;
    uint32_t number;
};

struct worker {
    unsigned id;
    uint64_t random;
    uint64_t number; /* of the last step */
    uint64_t permit; /* number of the innermost permit, or 0 */
    unsigned growth; /* of 100 steps with blocks, the number that allocate */
    struct step_list list;
    struct held held[MAX_BLOCKS];
    unsigned n_held;
    uint32_t *numbers; /* of blocks that do not exist */
    unsigned n_numbers;
    struct at_region *regions[WATCHES_EACH];
    bool sealed[WATCHES_EACH];
    struct composition *closed;
    unsigned n_closed;
};

/* Allocations on path 5 are suppressed. */
extern bool replay_suppresses;

/* Make up to `n` steps, so that the round has at most ROUND. `depth` is the number of permits. */
void replay_make_steps(struct worker *worker, size_t n, unsigned depth);

/* Read what the library has found for a region. */
void replay_read(struct at_region *region, struct composition *seen);

#endif
