/* SPDX-License-Identifier: MIT */
/*
 * Verdicts whose words are found in the runner.
 *
 * A worker may be unable to open any file by the time its test fails: it may have changed its root
 * or its user, closed its descriptors, or forbidden itself system calls. So it stores what it has
 * measured in its area of the memory that it shares with the runner, and sends a message with a
 * mark in place of the words. The runner puts them there, before Criterion prints the message and
 * before it writes its files.
 */
#ifndef CRITERION_ALLOC_SHARED_MESSAGES_H
#define CRITERION_ALLOC_SHARED_MESSAGES_H

#include "shared/state.h"
#include "worker/verdict.h"

/* The worker's: where it stores, and which test it is. Without them all words are found by itself.
 */
void criterion_alloc_told_start(struct at_area *area, uint32_t entry);

/* Store a verdict that failed, and append the mark for it to `text`. Return false if there is no
   room. */
bool criterion_alloc_told_put(struct at_text *text, struct at_region *region,
                              const struct criterion_alloc_limits *limits, const char *file,
                              unsigned line);

/* Append a mark for "FILE:LINE" as a message shows it. Return false if that is not possible. */
bool criterion_alloc_told_put_place(struct at_text *text, const char *file, unsigned line);

/* The runner's: put words in place of the marks of a message, if it has any, and return it, with
   the place of the first offending allocation in `*file` and `*line`. The texts live as long as the
   runner. NULL if there is no mark, or no memory. */
const char *criterion_alloc_told_expand(struct criterion_alloc_shared *shared, const char *text,
                                        const char **file, unsigned *line);

#endif
