/* SPDX-License-Identifier: MIT */
/*
 * The judgement of a region against limits, and its words.
 */
#ifndef CRITERION_ALLOC_WORKER_VERDICT_H
#define CRITERION_ALLOC_WORKER_VERDICT_H

#include "verdict/limits.h"

/* Options for a region that will be judged by `limits`, and the bounds that go with it. */
struct at_region_options criterion_alloc_region_options(const struct at_limits *limits);
void criterion_alloc_set_bounds(struct at_region *region, const struct at_limits *limits);

/* Ends the region, with its leaks found if they break a limit. */
void criterion_alloc_end(struct at_region *region, const struct at_limits *limits);

/* Did it stay within the limits, and was it observed completely? */
bool criterion_alloc_is_within(const struct at_region *region, const struct at_limits *limits);

/* Both: ends it and answers that. */
bool criterion_alloc_judge(struct at_region *region, const struct at_limits *limits);

struct criterion_alloc_verdict {
    struct at_text text; /* the whole message, lines separated by \n */
    char file[512];      /* of the first offending allocation, else of the assertion */
    unsigned line;
};

/* How a message begins: "TEXT FILE:LINE", or TEXT alone if there is no file. */
struct criterion_alloc_place {
    const char *text;
    const char *file; /* as __FILE__ has it */
    unsigned line;
};

/*
 * Return the message about a region that was judged and failed, to be sent as a failed assertion.
 * `file` and `line` are where the assertion is written. In a worker the words are left to the
 * runner (message.h) where that is possible. Release with criterion_alloc_verdict_free().
 */
struct criterion_alloc_verdict criterion_alloc_describe(struct at_region *region,
                                                        const struct at_limits *limits,
                                                        const struct criterion_alloc_place *where,
                                                        const char *file, unsigned line);

/* The same with all words found in this process, to be printed by itself. */
struct criterion_alloc_verdict
criterion_alloc_describe_here(const struct at_region *region, const struct at_limits *limits,
                              const struct criterion_alloc_place *where, const char *file,
                              unsigned line);

/* Append "FILE:LINE" as a message shows it. */
void criterion_alloc_add_place(struct at_text *text, const char *file, unsigned line);
void criterion_alloc_verdict_free(struct criterion_alloc_verdict *verdict);

/* Appends the figures themselves: "2 allocations, 16 bytes, 1 free". */
void criterion_alloc_describe_usage(struct at_text *text, const struct at_usage *usage);

/* Appends what is wrong with the figures: "3 allocations, expected at most 2". */
void criterion_alloc_describe_figures(struct at_text *text, const struct at_usage *usage,
                                      const struct at_limits *limits);

#endif
