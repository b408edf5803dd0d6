/* SPDX-License-Identifier: MIT */
/*
 * Locations: the call sites of a test that share their innermost frame with a line, whatever their
 * callers are. A baseline records locations, and differences are reported by location, since a
 * person finds the code by its file and line.
 */
#ifndef AT_RESULTS_LOCATION_H
#define AT_RESULTS_LOCATION_H

#include "results/tolerance.h"

/* All but `line` and the metrics are strings of the pool. */
struct at_location {
    uint32_t call;     /* the allocating function that the code called: malloc, strdup */
    uint32_t function; /* 0: unknown */
    uint32_t file;     /* the module if there is no line; 0: unknown */
    uint32_t line;     /* 0: unknown */
    uint32_t source;   /* the text of the line; 0: unknown */

    /* By enum at_baseline_metric: the location's part of the test's metric. -1: unknown. */
    int64_t metrics[AT_BASELINE_METRICS];
};

/* Zero-initialised is empty; release `at` with free(). */
struct at_locations {
    struct at_location *at;
    size_t n, capacity;
};

struct at_location_change {
    struct at_location location; /* of the later run; of the earlier one if it was removed */
    enum at_location_kind kind;
    unsigned known; /* bits by enum at_baseline_metric: the parts that both runs know */
    int64_t differences[AT_BASELINE_METRICS]; /* later minus earlier; 0 if not known */
};

struct at_location_changes {
    unsigned shown; /* bits by enum at_baseline_metric: the metrics that are to be explained */
    struct at_location_change *at;
    size_t n, capacity;
};

/* Return the name of a location's part of a metric of the baseline. */
const char *at_location_part_name(size_t metric);

/* Append the locations of a test, sorted by file, function, line and call. */
void at_locations_of(struct at_locations *locations, const struct at_results *results,
                     const struct at_result_test *test);

/*
 * Append the locations that differ between two runs (location_match.h) in allocs, bytes, or one of
 * the metrics `changes->shown`. The largest growth comes first: of the first metric that is shown,
 * then of the next ones. The locations of each run are sorted.
 */
void at_locations_compare(struct at_location_changes *changes, const struct at_pool *pool,
                          const struct at_location *base, size_t n_base,
                          const struct at_location *head, size_t n_head);

/* Append "src/ring.c:41"; "libfoo.so" without a line; "?" if nothing is known. */
void at_location_describe(struct at_text *text, const struct at_pool *pool,
                          const struct at_location *location);

#endif
