/* SPDX-License-Identifier: MIT */
/* The random work of one thread of the oracle. Each call is recorded and checked. */
#ifndef ORACLE_WORK_H
#define ORACLE_WORK_H

#include "oracle_model.h"

/* Return a random number below `n`. */
unsigned work_pick(uint64_t *random, unsigned n);

void work_start(struct worker *worker, unsigned id, uint64_t seed);

/* Make one random call. If `exchange`, the thread may exchange blocks with other threads, and
   release their blocks. */
void work_step(struct worker *worker, bool exchange);

/* Release the blocks of this thread, and the blocks in the slots. */
void work_drain(struct worker *worker);
void work_drain_slots(struct worker *worker);

void work_use_new_handler(bool use);

#endif
