/* SPDX-License-Identifier: MIT */
/*
 * If results are wanted, a worker writes a record of its test into its area of the board. A worker
 * that dies first leaves no record, but its slot on the board.
 *
 * The parameters of a test share its name, so that Criterion's statistics do not say which worker
 * they come from. The worker of a parameter therefore sends the ticket of its slot and its record,
 * as a passed assertion that the runner takes out again.
 */
#ifndef CRITERION_ALLOC_RECORD_H
#define CRITERION_ALLOC_RECORD_H

#include "board.h"

enum criterion_alloc_outcome {
    CRITERION_ALLOC_OUTCOME_NONE = 0, /* no budget */
    CRITERION_ALLOC_OUTCOME_WITHIN,
    CRITERION_ALLOC_OUTCOME_OVER,
    CRITERION_ALLOC_OUTCOME_UNOBSERVED,
    CRITERION_ALLOC_OUTCOME_INCOMPLETE,
};

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

/* The runner's: copy the record of the worker with that ticket. Return false if there is none. */
bool criterion_alloc_record_get(const struct criterion_alloc_board *board, uint32_t ticket,
                                struct criterion_alloc_record *record);

/* The worker's: tells the runner which ticket it has. */
void criterion_alloc_ticket_send(uint32_t ticket, const char *file, unsigned line);

/* The ticket in a passed assertion's message, 0 if it is none. */
uint32_t criterion_alloc_ticket_of(const char *message);

/* The worker's: store its record in its area, with the call sites of `region` unless that is NULL.
   Return false if there is no room: the slot remains. */
bool criterion_alloc_record_send(struct at_area *area, const struct criterion_alloc_record *record,
                                 struct at_region *region);

/* Appends members "budget" and "verdict". */
void criterion_alloc_record_add_budget(struct at_text *text,
                                       const struct criterion_alloc_budgets *budgets,
                                       enum criterion_alloc_outcome outcome);

#endif
