/* SPDX-License-Identifier: MIT */
/*
 * Locations: the call sites of a test that share their innermost frame with a line, whatever their
 * callers are. A baseline records locations, and differences are reported by location, since a
 * person finds the code by its file and line.
 */
#ifndef AT_RESULTS_LOCATION_H
#define AT_RESULTS_LOCATION_H

#include "results/results.h"

/* The first three are strings of the pool. */
struct at_location {
    uint32_t call;     /* the allocating function that the code called: malloc, strdup */
    uint32_t function; /* 0: unknown */
    uint32_t file;     /* the module if there is no line; 0: unknown */
    uint32_t line;     /* 0: unknown */
    int64_t allocs, bytes;
};

/* Zero-initialised is empty; release `at` with free(). */
struct at_locations {
    struct at_location *at;
    size_t n, capacity;
};

struct at_location_change {
    struct at_location location; /* of the later run; of the earlier one if it was removed */
    enum at_location_kind kind;
    int64_t allocs, bytes; /* the difference: later minus earlier */
};

struct at_location_changes {
    struct at_location_change *at;
    size_t n, capacity;
};

/* Append the locations of a test, sorted by file, function, line and call. */
void at_locations_of(struct at_locations *locations, const struct at_results *results,
                     const struct at_result_test *test);

/*
 * Append the differences between two runs, the largest growth first. Code moves between runs, so
 * locations are matched in this order: by function and file; then by file and line, under another
 * name of the function; then by function, in another file.
 */
void at_locations_compare(struct at_location_changes *changes, const struct at_pool *pool,
                          const struct at_location *base, size_t n_base,
                          const struct at_location *head, size_t n_head);

/* Append "src/ring.c:41"; "libfoo.so" without a line; "?" if nothing is known. */
void at_location_describe(struct at_text *text, const struct at_pool *pool,
                          const struct at_location *location);

#endif
