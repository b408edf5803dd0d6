/* SPDX-License-Identifier: MIT */
/*
 * Interned byte strings: each distinct string is stored once and has a number, 0, 1, 2 and so on in
 * order of first appearance. Memory comes from pages of our own (pages.h). A zero-initialised table
 * is empty and valid. Not thread-safe.
 */
#ifndef AT_BASE_INTERN_H
#define AT_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define AT_INTERN_NONE UINT32_MAX

struct at_intern {
    struct at_text bytes; /* all strings, one after the other */
    struct at_text spans; /* where each string begins, its length and its hash */
    uint32_t *slots;      /* the number of a string plus 1, or 0 for an empty slot */
    size_t n_slots;       /* a power of two, or 0 */
    uint32_t n;
};

/* Return the number of the string of `n` bytes, which is stored if it is new. Return AT_INTERN_NONE
   if the kernel refused memory. */
uint32_t at_intern_put(struct at_intern *intern, const void *bytes, size_t n);

/* Return the string with that number and set `*n` to its length. Valid until the next
   at_intern_put(). */
const char *at_intern_get(const struct at_intern *intern, uint32_t number, size_t *n);

/* Release the memory. The table is empty and valid afterwards. */
void at_intern_free(struct at_intern *intern);

#endif
