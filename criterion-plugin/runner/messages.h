/* SPDX-License-Identifier: MIT */
/*
 * Messages of workers, completed in the runner: the marks in them (shared/mark.h) are replaced by
 * words. worker/message.h has the reason.
 */
#ifndef CRITERION_ALLOC_RUNNER_MESSAGES_H
#define CRITERION_ALLOC_RUNNER_MESSAGES_H

#include "shared/mark.h"
#include "shared/state.h"

/*
 * Replace the marks in the message `text` and return the new message. If a mark has a location,
 * store in `*file` and `*line` that of the first offending allocation, or else the first one. The
 * strings live as long as the runner. Return NULL, and store nothing, if there is no mark.
 */
const char *criterion_alloc_message_complete(struct criterion_alloc_shared *shared,
                                             const char *text, const char **file, unsigned *line);

/* Return whether a message has a mark of that kind, and store the first such mark in `*mark`. */
bool criterion_alloc_message_has(const char *text, enum criterion_alloc_mark_kind kind,
                                 struct criterion_alloc_mark *mark);

#endif
