/* SPDX-License-Identifier: MIT */
/*
 * The parts of a verdict that need Criterion or the runner. See src/verdict for the others. Called
 * with tracking suspended.
 */
#ifndef CRITERION_ALLOC_WORKER_VERDICT_H
#define CRITERION_ALLOC_WORKER_VERDICT_H

#include "verdict/describe.h"
#include "verdict/limits.h"

/* Return the options of a region that is compared with `limits`, with the trap that the user asked
   for. The caller sets the scope. */
struct at_region_options criterion_alloc_region_options(const struct at_limits *limits);

/*
 * Return the message about a region that is not within its limits, to be sent as a failed
 * assertion. `file` and `line` are the location of the assertion. If possible, the message has a
 * mark for text that the runner looks up (worker/message.h).
 */
struct at_verdict_message criterion_alloc_describe(struct at_region *region,
                                                   const struct at_limits *limits,
                                                   const struct at_verdict_headline *headline,
                                                   const char *file, unsigned line);

/* Append "FILE:LINE" to a message that is sent to the runner. */
void criterion_alloc_add_location(struct at_text *text, const char *file, unsigned line);

#endif
