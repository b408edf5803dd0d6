/* SPDX-License-Identifier: MIT */
/*
 * The words that walks have read: lists in a ring buffer. A list may continue with the tail of an
 * older list, so stacks with the same outer frames share their words.
 *
 * A position in the ring only grows; modulo the size of the ring it is an index. A list is
 * identified by the position of its head. When the ring overwrites a word, every list that contains
 * the word or continues there is no longer valid. A ring belongs to one thread.
 */
#ifndef AT_UNWIND_WORDS_H
#define AT_UNWIND_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/capture.h"

enum {
    AT_N_WORDS = 1 << 13,
    AT_HEAD_WORDS = 2, /* the head of a list: for the data of its owner */
    AT_STEP_WORDS = 3, /* a walk reads at most so many words from a frame to its caller */
    AT_MAX_WORDS =
        AT_HEAD_WORDS + AT_STEP_WORDS * (AT_STACK_MAX + 16), /* this library's frames included */
};

/* An address in memory and the value that was read there. Addresses are aligned, so their lowest
   bit is free: AT_WORD_IS_FRAME if the value is the return address of a frame of the captured
   stack. The last word of a list has address 0, and its value is the position where the list
   continues, or 0. */
struct at_word {
    uintptr_t address;
    uintptr_t value;
};

#define AT_WORD_IS_FRAME ((uintptr_t) 1)

/* For a word that is a frame: the rest of the state from which the walk continued. */
struct at_tail {
    uintptr_t fp_at; /* the address at which the frame pointer is saved */
    uint64_t hash;   /* of this frame and all frames outside it */
};

struct at_words {
    uint64_t head;  /* position of the next word; never 0 */
    uint64_t floor; /* positions before it are not valid; never 0 */
    struct at_word word[AT_N_WORDS];
    struct at_tail tail[AT_N_WORDS];
};

/* Return true if the word at `position` has not been overwritten. A walk that failed may have
   overwritten up to AT_MAX_WORDS from the head on. */
static inline bool at_words_are_valid(const struct at_words *words, uint64_t position)
{
    return position >= words->floor && position + AT_N_WORDS >= words->head + AT_MAX_WORDS;
}

static inline uintptr_t at_word_address(const struct at_word *word)
{
    return word->address & ~AT_WORD_IS_FRAME;
}

static inline void *at_words_head(struct at_words *words, uint64_t list)
{
    return &words->word[list % AT_N_WORDS];
}

/* Return true if every word of the list from `position` on still has its stored value. The words
   are compared in order, up to the first difference: a word may be read only if all words before it
   are unchanged. */
static inline bool at_words_are_unchanged(const struct at_words *words, uint64_t position)
{
    while (position) {
        if (!at_words_are_valid(words, position))
            return false;
        const struct at_word *word = &words->word[position % AT_N_WORDS];
        for (; word->address; word++)
            if (*(const uintptr_t *) at_word_address(word) != word->value)
                return false;
        position = word->value;
    }
    return true;
}

#endif
