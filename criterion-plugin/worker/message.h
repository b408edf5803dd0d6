/* SPDX-License-Identifier: MIT */
/*
 * The parts of a message that the runner completes. When its test fails, a worker may be unable to
 * open any file: it may have changed its root or its user, closed its descriptors, or forbidden
 * itself system calls. So the worker stores its measurement in its area, and sends a message with a
 * mark for it (shared/mark.h). runner/messages.h replaces the mark.
 */
#ifndef CRITERION_ALLOC_WORKER_MESSAGE_H
#define CRITERION_ALLOC_WORKER_MESSAGE_H

#include "shared/state.h"

struct at_region;

/* Store verdicts in `area` from now on, for the test with that entry. Before this call the
   functions below return false. */
void criterion_alloc_messages_start(struct at_area *area, uint32_t entry);

/* Store a verdict that failed, and append the mark for its words to `text`. `file` and `line` are
   those of the assertion. Return false if there is no room. */
bool criterion_alloc_message_add_verdict(struct at_text *text, struct at_region *region,
                                         const struct at_limits *limits, const char *file,
                                         unsigned line);

/* Append a mark for "FILE:LINE". Return false if no runner would replace it. */
bool criterion_alloc_message_add_location(struct at_text *text, const char *file, unsigned line);

/* Report something that fails no test: the runner prints `message` with the location. A child that
   the test forked prints it itself. */
void criterion_alloc_warning_send(const char *message, const char *file, unsigned line);

/* Begin a message of an assertion that fails after Criterion has ended the test. */
void criterion_alloc_message_add_late(struct at_text *text);

/* Send the worker's id to the runner, with a passed assertion of the test at `file` and `line`:
   Criterion's statistics do not identify the worker of a parameter. */
void criterion_alloc_worker_id_send(uint32_t worker_id, const char *file, unsigned line);

#endif
