/* SPDX-License-Identifier: MIT */
/*
 * Byte strings, each kept once and known by a number: 0, 1, 2, ... in order of first appearance.
 * Memory comes from pages of our own. Zero-initialised is empty and valid.
 */
#ifndef AT_BASE_INTERN_H
#define AT_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define AT_INTERN_NONE UINT32_MAX

struct at_intern {
    struct at_text bytes;  /* all strings, one behind the other */
    struct at_text places; /* where each begins and how long it is */
    uint32_t *slots;       /* 1 + number, 0 for an empty one */
    size_t n_slots;        /* a power of two, or 0 */
    uint32_t n;
};

/* The number of the string, given now if it is new; AT_INTERN_NONE where the kernel refused memory.
 */
uint32_t at_intern_put(struct at_intern *intern, const void *bytes, size_t n);

/* A string and its length. Valid until the next one is put. */
const char *at_intern_get(const struct at_intern *intern, uint32_t number, size_t *n);

void at_intern_free(struct at_intern *intern);

#endif
