/* SPDX-License-Identifier: MIT */
/*
 * ALLOC_TRACKER_SUPPRESSIONS=FILE: a file with one pattern of <alloc_tracker/suppress.h> on each
 * line. Empty lines are ignored, and comments: from a # at the beginning of a line, or after a
 * blank, to the end of the line.
 */
#ifndef CRITERION_ALLOC_RUNNER_SUPPRESSIONS_H
#define CRITERION_ALLOC_RUNNER_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct criterion_alloc_suppressions {
    struct criterion_alloc_pattern {
        char *text;
        unsigned line;
    } * patterns;
    size_t n;
};

/*
 * Read the file that the environment names, if it names one. Return false, and append the reason to
 * `error`, if it cannot be read or has a mistake: "log.supp:3:1: expected function:, file: or
 * module: and a pattern". Release the patterns with criterion_alloc_suppressions_free().
 */
bool criterion_alloc_suppressions_read(struct criterion_alloc_suppressions *suppressions,
                                       struct at_text *error);
void criterion_alloc_suppressions_free(struct criterion_alloc_suppressions *suppressions);

struct criterion_alloc_shared;

/* Print the patterns that matched nothing on standard error. Call this after the last test. */
void criterion_alloc_suppressions_report(struct criterion_alloc_shared *shared);

#endif
