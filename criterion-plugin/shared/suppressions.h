/* SPDX-License-Identifier: MIT */
/*
 * ALLOC_TRACKER_SUPPRESSIONS=FILE: one pattern of <alloc_tracker/suppress.h> a line. Empty lines
 * and what follows a # at the beginning of a line, or after a blank, do not count.
 */
#ifndef CRITERION_ALLOC_SHARED_SUPPRESSIONS_H
#define CRITERION_ALLOC_SHARED_SUPPRESSIONS_H

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
 * Reads what the environment names; nothing is no mistake. Otherwise answers false and appends why,
 * as in "log.supp:3:1: expected function:, file: or module: and a pattern".
 */
bool criterion_alloc_suppressions_read(struct criterion_alloc_suppressions *suppressions,
                                       struct at_text *error);
void criterion_alloc_suppressions_free(struct criterion_alloc_suppressions *suppressions);

struct criterion_alloc_shared;

/* The worker's: puts those on the shared state into force. False where there was no memory for one.
 */
bool criterion_alloc_suppressions_apply(struct criterion_alloc_shared *shared);

/* The runner's, after the last test: names on standard error those that matched nothing. */
void criterion_alloc_suppressions_report(struct criterion_alloc_shared *shared);

#endif
