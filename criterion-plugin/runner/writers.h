/* SPDX-License-Identifier: MIT */
/*
 * Criterion's writers of JSON and XML files. Up to 2.4.1 they write each text as it is, and a text
 * may break the file: `"` breaks JSON, `]]>` breaks XML. So ours stand before them, and replace
 * such characters by others that look the same, in that file only and while it is written. A text
 * that breaks nothing, and one that Criterion escapes, is left as it is.
 */
#ifndef CRITERION_ALLOC_RUNNER_WRITERS_H
#define CRITERION_ALLOC_RUNNER_WRITERS_H

#include <stdbool.h>
#include <stdio.h>

struct criterion_global_stats;

enum criterion_alloc_format {
    CRITERION_ALLOC_JSON,
    CRITERION_ALLOC_XML,
    CRITERION_ALLOC_N_FORMATS,
};

typedef void criterion_alloc_writer(FILE *file, struct criterion_global_stats *stats);

/* Return Criterion's own writer, or NULL if Criterion has registered none. */
criterion_alloc_writer *criterion_alloc_writer_get(enum criterion_alloc_format format);

/* Say that Criterion's writer of `format` escapes what would break a string. */
void criterion_alloc_writer_escapes(enum criterion_alloc_format format);

#endif
