/* SPDX-License-Identifier: MIT */
/*
 * If results are wanted, a worker writes a record of its test into its area of the shared state. A
 * worker that dies first leaves no record, but its slot on the shared state.
 *
 * The parameters of a test share its name, so that Criterion's statistics do not say which worker
 * they come from. The worker of a parameter therefore sends the worker_id of its slot and its
 * record, as a passed assertion that the runner takes out again.
 */
#ifndef CRITERION_ALLOC_SHARED_RECORD_H
#define CRITERION_ALLOC_SHARED_RECORD_H

#include "shared/state.h"
#include "verdict/words.h"

struct criterion_alloc_record {
    uint32_t entry;
    int32_t parameter; /* -1: none */
    uint32_t outcome;
    struct at_usage usage; /* all zero where it was not observed */
    struct criterion_alloc_budgets budgets;
    uint64_t region;      /* its call sites, as at_handover_write() has them; */
    uint64_t region_size; /* 0: none are wanted, or there was no room */
    bool no_room;
    char reason[768]; /* why it was not observed, or "" */
};

/* The runner's: copy the record of the worker with that worker_id. Return false if there is none.
 */
bool criterion_alloc_record_get(const struct criterion_alloc_shared *shared, uint32_t worker_id,
                                struct criterion_alloc_record *record);

/* The worker's: tells the runner which worker_id it has. */
void criterion_alloc_worker_id_send(uint32_t worker_id, const char *file, unsigned line);

/* The worker_id in a passed assertion's message, 0 if it is none. */
uint32_t criterion_alloc_worker_id_of(const char *message);

/* The worker's: store its record in its area, with the call sites of `region` unless that is NULL.
   Return false if there is no room: the slot remains. */
bool criterion_alloc_record_send(struct at_area *area, const struct criterion_alloc_record *record,
                                 struct at_region *region);

/* Appends members "budget" and "verdict". */
void criterion_alloc_record_add_budget(struct at_text *text,
                                       const struct criterion_alloc_budgets *budgets,
                                       enum at_verdict outcome);

#endif
