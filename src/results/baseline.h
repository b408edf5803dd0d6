/* SPDX-License-Identifier: MIT */
/*
 * The baseline: one committed file that records the usage of each test (docs/baseline.md). It has a
 * section for each environment, and in it the tests, sorted. The locations of a test are recorded
 * too, so that a report can name the lines that grew, also after the code has moved.
 */
#ifndef AT_RESULTS_BASELINE_H
#define AT_RESULTS_BASELINE_H

#include "results/location.h"
#include "results/tolerance.h"

struct at_baseline_test {
    uint32_t id;
    uint32_t program;  /* base name of the executable; 0: unknown */
    uint32_t reason;   /* for the tolerances; 0: none */
    int64_t parameter; /* -1: none */
    int64_t metrics[AT_BASELINE_METRICS];
    struct at_tolerance allow[AT_BASELINE_METRICS];
    size_t locations, n_locations; /* indices in struct at_baseline */

    /* Of a test of results: why its usage is not complete or not known; NULL if it is reliable. */
    const char *unreliable;
    bool unmeasured; /* its usage is not known; the metrics are 0 */
    uint64_t read_line, read_column;
};

struct at_section {
    struct at_environment environment;
    struct at_baseline_test *tests; /* by id, parameter and program */
    size_t n_tests, capacity;
};

/* Zero-initialised but for `pool` is empty and valid; release it with at_baseline_free(). */
struct at_baseline {
    struct at_pool *pool;                 /* the caller's */
    AT_ARRAY(struct at_section) sections; /* by environment */
    struct at_locations locations;        /* of all tests */
};

void at_baseline_free(struct at_baseline *baseline);

/* Read a file into an empty baseline. Return false and write "FILE:LINE:COL: reason" to `error` if
   the file is malformed. */
bool at_baseline_read(struct at_baseline *baseline, const char *path, char *error, size_t size);

/* Read a baseline; or read results, and make a baseline of them. */
bool at_baseline_read_any(struct at_baseline *baseline, const char *path, char *error, size_t size);

/* Append the baseline as a file. */
void at_baseline_write(struct at_text *text, const struct at_baseline *baseline);

/* Return the section of an environment; NULL if there is none. */
struct at_section *at_baseline_section(const struct at_baseline *baseline,
                                       const struct at_environment *environment);

/* Add an empty section, and return it. */
struct at_section *at_baseline_add_section(struct at_baseline *baseline,
                                           const struct at_environment *environment)
    __attribute__((returns_nonnull));

/* Append a zeroed test, and return it. The section is not sorted then. */
struct at_baseline_test *at_section_add_test(struct at_section *section);

void at_section_sort(struct at_section *section, struct at_pool *pool);

/* Record the id, program, metrics and locations of a test. Its tolerances stay. */
void at_baseline_record(struct at_baseline *baseline, struct at_baseline_test *recorded,
                        const struct at_results *results, const struct at_result_test *test);

/* Add a section with every test, also with those that are unreliable or were not measured. */
void at_baseline_add_results(struct at_baseline *baseline, const struct at_results *results);

/* Return whether the locations of a test are known: a test that allocated has at least one. A
   process that ended by a signal or _exit() takes its locations with it. */
bool at_baseline_knows_locations(const struct at_baseline_test *recorded);

/* Return the first of the test's locations; NULL if it has none. */
const struct at_location *at_baseline_test_locations(const struct at_baseline *baseline,
                                                     const struct at_baseline_test *recorded);

#endif
