/* SPDX-License-Identifier: MIT */
/*
 * Marks: fields within a message. A worker reaches the runner's statistics only through messages of
 * assertions, and these are text. So a worker puts marks into its messages, between control
 * characters that no text contains, and the runner replaces them before Criterion prints the
 * message. All data that may go another way is in the shared state (state.h).
 */
#ifndef CRITERION_ALLOC_SHARED_MARK_H
#define CRITERION_ALLOC_SHARED_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum criterion_alloc_mark_kind {
    CRITERION_ALLOC_MARK_VERDICT = 'v',   /* a struct criterion_alloc_message at offset `number` of
                                             the shared state, `size` bytes with its file */
    CRITERION_ALLOC_MARK_LOCATION = 'l',  /* line `number` of the file `text` */
    CRITERION_ALLOC_MARK_WORKER_ID = 'w', /* `number`: this assertion comes from that worker */
    CRITERION_ALLOC_MARK_LATE = 'f',      /* this assertion failed after its test had ended */
};

struct criterion_alloc_mark {
    enum criterion_alloc_mark_kind kind;
    uint64_t number;
    uint64_t size;
    const char *text; /* not terminated in a mark that was read; NULL: none */
    size_t length;    /* of `text` */
    const char *end;  /* in a mark that was read: the text behind it */
};

/* Append a mark to a message. `mark->end` is not used. */
void criterion_alloc_mark_add(struct at_text *message, const struct criterion_alloc_mark *mark);

/* Find the first mark of a message. Return its beginning, with its fields in `*mark`, or NULL if
   there is none. `mark->text` points into the message. */
const char *criterion_alloc_mark_find(const char *message, struct criterion_alloc_mark *mark);

#endif
