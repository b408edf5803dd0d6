/* SPDX-License-Identifier: MIT */
/*
 * What walks have read: lists of words in a ring, of which one list may go on with the tail of
 * another, older one. A list is named by the position of its head; positions grow for ever, their
 * remainder is the place in the ring. What the ring has run over is void, and so is every
 * list that would go on there. One thread's own.
 */
#ifndef AT_UNWIND_WORDS_H
#define AT_UNWIND_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/capture.h"

enum {
    AT_N_WORDS = 1 << 13,
    AT_HEAD_WORDS = 2, /* of a list: room for what its owner has to say of it */
    AT_STEP_WORDS = 3, /* at most what is read to come from a frame to the next */
    AT_MAX_WORDS =
        AT_HEAD_WORDS + AT_STEP_WORDS * (AT_STACK_MAX + 16), /* frames of ours included */
};

/* A place in memory and what it held. Places are aligned, so the lowest bit is free to say that the
   word is the return address of a frame of the stack proper. The last word of a list has no place:
   its value is the position where the list goes on, or 0. */
struct at_word {
    uintptr_t place;
    uintptr_t value;
};

#define AT_WORD_IS_FRAME ((uintptr_t) 1)

/* Of a word that is a frame: what else decides how the walk went on from there. */
struct at_tail {
    uintptr_t fp_at; /* where the frame pointer was to be found */
    uint64_t hash;   /* of this frame and all that are outside it */
};

struct at_words {
    uint64_t head;  /* position of the next word; never 0 */
    uint64_t floor; /* what lies before it is void; never 0 */
    struct at_word word[AT_N_WORDS];
    struct at_tail tail[AT_N_WORDS];
};

/* Up to AT_MAX_WORDS from the head on may have been overwritten by a walk that came to nothing. */
static inline bool at_words_are_there(const struct at_words *words, uint64_t position)
{
    return position >= words->floor && position + AT_N_WORDS >= words->head + AT_MAX_WORDS;
}

static inline uintptr_t at_word_place(const struct at_word *word)
{
    return word->place & ~AT_WORD_IS_FRAME;
}

static inline void *at_words_head(struct at_words *words, uint64_t list)
{
    return &words->word[list % AT_N_WORDS];
}

/* Does every word from `position` on still hold what it held? In their order, and no further than
   to the first that does not: only so each of them may be read. */
static inline bool at_words_hold(const struct at_words *words, uint64_t position)
{
    while (position) {
        if (!at_words_are_there(words, position))
            return false;
        const struct at_word *word = &words->word[position % AT_N_WORDS];
        for (; word->place; word++)
            if (*(const uintptr_t *) at_word_place(word) != word->value)
                return false;
        position = word->value;
    }
    return true;
}

#endif
