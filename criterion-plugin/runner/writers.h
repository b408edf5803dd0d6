/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of Criterion's writers of JSON and XML files. Up to version 2.4.1 Criterion writes each
 * text unchanged, and a text may break the file: `"` breaks JSON, `]]>` breaks XML. The wrappers
 * replace such characters by others that look the same, only while this file is written. They do
 * not change a text that is valid, or that Criterion escapes.
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

/* Record that Criterion's writer of `format` escapes characters that would break a string. */
void criterion_alloc_writer_escapes(enum criterion_alloc_format format);

#endif
