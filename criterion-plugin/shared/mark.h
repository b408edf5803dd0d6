/* SPDX-License-Identifier: MIT */
/*
 * Marks: fields within the text of a message. Criterion passes only the messages of assertions from
 * a worker to the runner's statistics. So a worker writes marks into its messages, between control
 * characters that no other text contains. The runner replaces the marks before Criterion prints the
 * message. All other data is in the shared state (state.h).
 */
#ifndef CRITERION_ALLOC_SHARED_MARK_H
#define CRITERION_ALLOC_SHARED_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum criterion_alloc_mark_kind {
    CRITERION_ALLOC_MARK_VERDICT = 'v',   /* a struct criterion_alloc_message at offset `number` of
                                             the shared state; `size` bytes with the file name */
    CRITERION_ALLOC_MARK_LOCATION = 'l',  /* line `number` of the file `text` */
    CRITERION_ALLOC_MARK_WORKER_ID = 'w', /* the assertion comes from worker `number` */
    CRITERION_ALLOC_MARK_WARNING = 'n',   /* the assertion is a warning, which fails no test */
    CRITERION_ALLOC_MARK_LATE = 'f',      /* the assertion failed after its test had ended */
};

struct criterion_alloc_mark {
    enum criterion_alloc_mark_kind kind;
    uint64_t number;
    uint64_t size;
    const char *text; /* NULL: none. Without a final NUL in a mark that was read */
    size_t length;    /* of `text` */
    const char *end;  /* in a mark that was read: the text after the mark */
};

/* Append a mark to a message. `mark->end` is ignored. */
void criterion_alloc_mark_add(struct at_text *message, const struct criterion_alloc_mark *mark);

/* Return the beginning of the first mark of a message, and store its fields in `*mark`. Return NULL
   if there is none. `mark->text` and `mark->end` point into the message. */
const char *criterion_alloc_mark_find(const char *message, struct criterion_alloc_mark *mark);

#endif
