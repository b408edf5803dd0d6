/* SPDX-License-Identifier: MIT */
/*
 * The contents of a worker's area (state.h): a record of its test, if results are wanted, and the
 * verdicts that its messages refer to (mark.h). The worker writes them with worker/record.h and
 * worker/message.h, the runner reads them with runner/records.h and runner/messages.h.
 */
#ifndef CRITERION_ALLOC_SHARED_RECORD_H
#define CRITERION_ALLOC_SHARED_RECORD_H

#include "shared/state.h"
#include "verdict/words.h"

struct criterion_alloc_record {
    uint32_t entry;
    int32_t parameter;     /* -1: none */
    uint32_t outcome;      /* enum at_verdict */
    struct at_usage usage; /* all zero if the test was not observed */
    struct at_limits limits;
    uint64_t region;      /* offset of its call sites in the format of results/handover.h, */
    uint64_t region_size; /* 0: none are wanted, or there was no room */
    bool no_room;
    char reason[768]; /* why it was not observed, or "" */
};

/* A verdict of which the runner finds the words. The name of a file with its NUL follows it. */
struct criterion_alloc_message {
    uint64_t region; /* offset of its call sites, as in a record */
    uint64_t region_size;
    struct at_limits limits;
    uint32_t entry;
    uint32_t line;
    uint32_t file_size;
};

/* Return where the head of an area stores the offset of its record: 0 if there is none so far.
   Atomic. */
static inline uint64_t *criterion_alloc_record_offset(const void *area)
{
    return (uint64_t *) area + 1;
}

#endif
