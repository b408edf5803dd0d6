/* SPDX-License-Identifier: MIT */
/*
 * Texts that break no file: see writers.h.
 */
#ifndef CRITERION_ALLOC_RUNNER_SAFE_TEXT_H
#define CRITERION_ALLOC_RUNNER_SAFE_TEXT_H

#include "runner/writers.h"

struct criterion_alloc_syntax {
    enum criterion_alloc_format format;
    bool escapes;  /* Criterion does, but for what it forgets */
    bool one_line; /* otherwise Criterion writes each line of the text apart */
};

/* Return a copy of `text`, made by malloc, that reads the same in such a file as `text` does and
   does not break the file, or NULL if `text` does not, or without memory. */
char *criterion_alloc_safe_copy(const char *text, const struct criterion_alloc_syntax *syntax);

#endif
