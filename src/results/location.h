/* SPDX-License-Identifier: MIT */
/*
 * Places: the call sites of a test as a person names them, by the innermost frame that has a line,
 * whatever way led there. What a baseline keeps and a difference is told in.
 */
#ifndef AT_RESULTS_LOCATION_H
#define AT_RESULTS_LOCATION_H

#include "results/results.h"

struct at_location {
    uint32_t call; /* the function that the code called: malloc, strdup */
    uint32_t function;
    uint32_t file; /* the module where there is no line */
    uint32_t line; /* 0: none */
    int64_t allocs, bytes;
};

/* Zero-initialised is empty; `at` is released with free(). */
struct at_locations {
    struct at_location *at;
    size_t n, capacity;
};

enum at_location_kind { AT_LOCATION_CHANGED, AT_LOCATION_NEW, AT_LOCATION_GONE };

struct at_location_change {
    struct at_location place; /* as it is now, or as it was if it is gone */
    enum at_location_kind kind;
    int64_t allocs, bytes; /* the difference */
};

struct at_location_changes {
    struct at_location_change *at;
    size_t n, capacity;
};

/* Appends the places of a test, sorted by file, function, line and call. */
void at_locations_of(struct at_locations *places, const struct at_results *results,
                     const struct at_result_test *test);

/* A site's frame that names it: the innermost with a line, else the innermost; false without any.
 */
bool at_location_frame(const struct at_results *results, const struct at_result_site *site,
                       struct at_result_frame *frame);

/*
 * Appends what differs, what grew most first. Code moves: a place is the same if function and file
 * are, wherever in it; then if the line is, under another name of the function; then if the
 * function is, in another file.
 */
void at_locations_compare(struct at_location_changes *changes, const struct at_pool *pool,
                          const struct at_location *base, size_t n_base,
                          const struct at_location *head, size_t n_head);

/* Appends "src/ring.c:41", or "libfoo.so" without a line, "?" without anything. */
void at_location_describe(struct at_text *text, const struct at_pool *pool,
                          const struct at_location *place);

#endif
