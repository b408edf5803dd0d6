/* SPDX-License-Identifier: MIT */
/* The random work of one thread of the oracle, each call of it recorded and checked. */
#ifndef ORACLE_WORK_H
#define ORACLE_WORK_H

#include "oracle_model.h"

/* A number below `n`. */
unsigned work_pick(uint64_t *random, unsigned n);

void work_start(struct worker *worker, unsigned id, uint64_t seed);

/* One call of the family. Blocks go from thread to thread, and are released by others than who
   allocated them, only if `exchange`. */
void work_step(struct worker *worker, bool exchange);

/* Releases what this thread holds, and what lies between the threads. */
void work_drain(struct worker *worker);
void work_drain_slots(struct worker *worker);

void work_use_new_handler(bool use);

#endif
