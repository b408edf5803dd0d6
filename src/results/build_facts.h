/* SPDX-License-Identifier: MIT */
/*
 * How code was compiled: by which compiler and with which optimisation, as the debug information of
 * its compile unit records it (DW_AT_producer). The compile units asked about are those of the
 * tests, or the one of main: how this library or other libraries were compiled does not matter.
 */
#ifndef AT_RESULTS_BUILD_FACTS_H
#define AT_RESULTS_BUILD_FACTS_H

#include <stdbool.h>

#include "symbols/units.h"

/* Zero-initialised is valid: nothing is known. End with at_build_facts_close(). */
struct at_build_facts {
    bool any;
    char compiler[64];        /* "gcc 12.2.0", "mixed" or "unknown" */
    const char *optimization; /* "none", "speed", "size", "mixed" or "unknown" */
    char path[512];           /* of the object that is open */
    bool is_open;
    struct at_units units;
};

/* Add the compile unit that holds the function. Where units differ, the fact is "mixed". */
void at_build_facts_add(struct at_build_facts *facts, const void *function);

/* Add the compile unit that holds main(), which need not be exported. */
void at_build_facts_add_main(struct at_build_facts *facts);

/* Release the object files; the facts stay. */
void at_build_facts_close(struct at_build_facts *facts);

/* Read a producer's compiler, and its optimisation where the compiler records its options: gcc
   does, clang does with -grecord-command-line. NULL is "unknown". */
void at_producer_read(const char *producer, char *compiler, size_t size, const char **optimization);

#endif
