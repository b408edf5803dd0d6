/* SPDX-License-Identifier: MIT */
/*
 * The compiler and the optimisation of code, from the debug information of its compile unit
 * (DW_AT_producer). Only the compile units of the tests, or that of main, are read: the options of
 * libraries do not matter.
 */
#ifndef AT_RESULTS_BUILD_FACTS_H
#define AT_RESULTS_BUILD_FACTS_H

#include <stdbool.h>

#include "symbols/units.h"

/* Zero-initialised is valid, and nothing is known. Release it with at_build_facts_close(). */
struct at_build_facts {
    bool any;
    char compiler[64];        /* "gcc 12.2.0", "mixed" or "unknown" */
    const char *optimization; /* "none", "speed", "size", "mixed" or "unknown" */
    char path[512];           /* of the open object */
    bool is_open;
    struct at_units units;
};

/* Add the compile unit of a function. If compile units differ, the fact is "mixed". */
void at_build_facts_add(struct at_build_facts *facts, const void *function);

/* Add the compile unit of main(), which need not be exported. */
void at_build_facts_add_main(struct at_build_facts *facts);

/* Close the object files. The facts stay valid. */
void at_build_facts_close(struct at_build_facts *facts);

/* Read the compiler and the optimisation of a producer. gcc always records its options, clang only
   with -grecord-command-line; without options, or if `producer` is NULL, the optimisation is
   "unknown". */
void at_producer_read(const char *producer, char *compiler, size_t size, const char **optimization);

#endif
