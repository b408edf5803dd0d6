/* SPDX-License-Identifier: MIT */
/*
 * What addresses were found to be, each looked up once: what is called often, and what encloses it,
 * is in most stacks of a program. For one thread at a time. Memory comes from pages of our own.
 */
#ifndef AT_SYMBOLS_LOOKUP_H
#define AT_SYMBOLS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/text.h"
#include "symbols/symbolize.h"

/* As struct at_frame, in as much memory as it takes. */
struct at_trace_row {
    const char *function;
    const char *file;
    const char *module;
    uintptr_t offset;
    enum at_owner owner;
    int line;
    bool program;
    bool pressing;
    const char *note;
    uint32_t number; /* for whoever counts rows; 0 at first */
};

struct at_lookup_chunk;

/* Zero-initialised is empty and valid; at_lookup_free() releases it. */
struct at_lookup {
    struct at_intern keys;
    struct at_text known; /* what is known of each key */
    struct at_lookup_chunk *chunks;
};

/* The rows of an address, as at_symbolize() has them, valid until at_lookup_free(); NULL where the
   kernel refused memory. */
struct at_trace_row *at_lookup_rows(struct at_lookup *lookup, uintptr_t address, uint32_t epoch,
                                    size_t *n_rows);

/* The function at an address of which at_lookup_rows() knew no name, as at_symbolize_name() has it.
 */
const char *at_lookup_name(struct at_lookup *lookup, uintptr_t address, uint32_t epoch);

void at_lookup_free(struct at_lookup *lookup);

#endif
