/* SPDX-License-Identifier: MIT */
/* Copies of texts that do not break Criterion's JSON and XML files: see writers.h. */
#ifndef CRITERION_ALLOC_RUNNER_SAFE_TEXT_H
#define CRITERION_ALLOC_RUNNER_SAFE_TEXT_H

#include "runner/writers.h"

struct criterion_alloc_syntax {
    enum criterion_alloc_format format;
    bool escapes;  /* Criterion escapes most characters itself */
    bool one_line; /* otherwise Criterion writes each line of the text as a string of its own */
};

/* Return a copy of `text` that looks the same in a file of that format and does not break the file.
   Release it with free(). Return NULL if `text` itself does not break the file, or without memory.
 */
char *criterion_alloc_safe_copy(const char *text, const struct criterion_alloc_syntax *syntax);

#endif
