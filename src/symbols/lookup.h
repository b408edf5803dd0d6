/* SPDX-License-Identifier: MIT */
/*
 * A cache of symbol lookups. Most stacks of a program have addresses in common, and each address is
 * looked up only once. Not thread-safe. Memory comes from pages of our own (base/pages.h).
 */
#ifndef AT_SYMBOLS_LOOKUP_H
#define AT_SYMBOLS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/text.h"
#include "symbols/symbolize.h"

/* A struct at_frame whose strings have only the size that they need. */
struct at_trace_row {
    const char *function;
    const char *file;
    const char *module;
    const char *object; /* path of the object file, "" if unknown */
    uintptr_t offset;
    enum at_owner owner;
    int line;
    bool program;
    bool renamed;    /* `function` is the name of at_symbolize_rename() */
    uintptr_t start; /* see struct at_frame */
    bool important;
    const char *note;
    uint32_t number; /* 1 + number in a set of stacks (stack_set.h); 0: in none */
};

struct at_lookup_chunk;

/* A zero-initialised lookup is empty and valid. Release it with at_lookup_free(). */
struct at_lookup {
    struct at_intern keys;
    struct at_text known; /* one result for each key */
    struct at_lookup_chunk *chunks;
};

/* Return the frames that at_symbolize() finds for an address, with the notes of
   at_symbolize_note(), and set `*n_rows` to their number. Valid until at_lookup_free(). Return NULL
   if the kernel refused memory. */
struct at_trace_row *at_lookup_rows(struct at_lookup *lookup, uintptr_t address, uint32_t epoch,
                                    size_t *n_rows);

/* Return the name that at_symbolize_name() finds for an address, or "". For addresses for which
   at_lookup_rows() has no name. */
const char *at_lookup_name(struct at_lookup *lookup, uintptr_t address, uint32_t epoch);

void at_lookup_free(struct at_lookup *lookup);

#endif
