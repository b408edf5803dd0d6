/* SPDX-License-Identifier: MIT */
/*
 * The text of verdicts. The caller has suspended tracking.
 */
#ifndef AT_VERDICT_DESCRIBE_H
#define AT_VERDICT_DESCRIBE_H

#include "verdict/limits.h"

/* A message about a region that is not within its limits. */
struct at_verdict_message {
    struct at_text text; /* lines, separated by \n; to be freed */
    char file[512];      /* the location of the first call site that is over a limit, or else the
                            location of the assertion */
    unsigned line;
};

/* How a message begins: "TEXT FILE:LINE", or TEXT alone if `file` is NULL. */
struct at_verdict_headline {
    const char *text;
    const char *file; /* as __FILE__ is */
    unsigned line;
};

/* Return the message about a region that has ended. `file` and `line` are the location of the
   assertion. Names and source text are looked up in this process. */
struct at_verdict_message at_verdict_describe(const struct at_region *region,
                                              const struct at_limits *limits,
                                              const struct at_verdict_headline *headline,
                                              const char *file, unsigned line);

/* Append "FILE:LINE", with the path at which the source file is found. */
void at_verdict_add_location(struct at_text *text, const char *file, unsigned line);

/* Append the most important metrics: "2 allocations, 16 bytes, 1 free". */
void at_usage_describe(struct at_text *text, const struct at_usage *usage);

/* Append each metric that is not within its limit: "3 allocations, 24 bytes; expected at most 2".
   Append nothing if all are. */
void at_usage_describe_excess(struct at_text *text, const struct at_usage *usage,
                              const struct at_limits *limits);

#endif
