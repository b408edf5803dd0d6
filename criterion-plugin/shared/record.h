/* SPDX-License-Identifier: MIT */
/*
 * The contents of a worker's area (state.h): a record of its test, if the run needs results, and
 * the verdicts to which marks of its messages refer (mark.h). The worker writes with
 * worker/record.h and worker/message.h. The runner reads with runner/records.h and
 * runner/messages.h.
 */
#ifndef CRITERION_ALLOC_SHARED_RECORD_H
#define CRITERION_ALLOC_SHARED_RECORD_H

#include "shared/state.h"
#include "verdict/words.h"

struct criterion_alloc_record {
    uint32_t entry;        /* index of the test's entry */
    int32_t parameter;     /* index of the parameter, or -1 for a test without parameters */
    uint32_t outcome;      /* enum at_verdict */
    struct at_usage usage; /* all zero if the test was not observed */
    struct at_limits limits;
    uint64_t region;      /* offset of the call sites, in the format of results/handover.h */
    uint64_t region_size; /* bytes; 0 if the run needs no call sites, or there was no room */
    bool no_room;         /* there was no room for the call sites */
    char reason[768];     /* the reason why the test was not observed, or "" */
};

/* A failed verdict. The runner writes its text, because only the runner can look up names. The name
   of the file of the assertion, with its final NUL, follows the structure. */
struct criterion_alloc_message {
    uint64_t region; /* offset and size of the call sites, as in a record */
    uint64_t region_size;
    struct at_limits limits; /* with which the usage was compared */
    uint32_t entry;          /* index of the test's entry */
    uint32_t line;           /* of the assertion */
    uint32_t file_size;      /* bytes of the file name, with its final NUL */
};

/* Remove the leaks of a body that did not reach its end: its own clean-up did not run, so its live
   blocks are not leaks. */
static inline void criterion_alloc_usage_forget_leaks(struct at_usage *usage)
{
    usage->leaks = usage->leaked_bytes = 0;
}

/* Return the address of the offset of an area's record. The offset is atomic, and 0 until there is
   a record. */
static inline uint64_t *criterion_alloc_record_offset(const void *area)
{
    return (uint64_t *) area + 1;
}

#endif
