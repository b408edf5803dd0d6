/* SPDX-License-Identifier: MIT */
/*
 * What a worker tells the runner of its test when somebody wants results: a record appended to a
 * memfd of the runner's. A worker that dies first leaves no record, but its slot on the board.
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
    uint32_t ticket;
    uint32_t entry;
    int32_t parameter; /* -1: none */
    uint32_t outcome;
    struct at_usage usage; /* all zero where it was not observed */
    uint64_t length;       /* of the members of a results file that follow */
};

/* The runner's: a place for records, made before the first worker starts. False with errno set. */
bool criterion_alloc_records_new(struct criterion_alloc_board *board);

/* The whole of it, mapped; NULL with `*size` 0 where there is nothing. */
const char *criterion_alloc_records_map(const struct criterion_alloc_board *board, size_t *size);

/* The record at `*at`, which is moved past it, with its text; false at the end. */
bool criterion_alloc_record_next(const char *records, size_t size, size_t *at,
                                 struct criterion_alloc_record *record, const char **text);

/* The worker's: tells the runner which ticket it has. */
void criterion_alloc_ticket_send(uint32_t ticket, const char *file, unsigned line);

/* The ticket in a passed assertion's message, 0 if it is none. */
uint32_t criterion_alloc_ticket_of(const char *message);

/* The worker's: appends a record. What does not fit is not told: the slot remains. */
bool criterion_alloc_record_send(const struct criterion_alloc_board *board,
                                 const struct criterion_alloc_record *record,
                                 const struct at_text *text);

/* Appends members "budget" and "verdict". */
void criterion_alloc_record_add_budget(struct at_text *text,
                                       const struct criterion_alloc_budgets *budgets,
                                       enum criterion_alloc_outcome outcome);

#endif
