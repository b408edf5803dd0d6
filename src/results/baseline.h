/* SPDX-License-Identifier: MIT */
/*
 * A baseline (docs/baseline.md): what each test allocated when somebody last agreed to it. A
 * section for each environment, in it an entry for each test, sorted; with the places that
 * allocate, so that a regression can be told by its lines after the code has moved.
 */
#ifndef AT_RESULTS_BASELINE_H
#define AT_RESULTS_BASELINE_H

#include "results/location.h"
#include "results/tolerance.h"

#define AT_BASELINE_SCHEMA "alloc-tracker-baseline/1"

struct at_baseline_test {
    uint32_t id;
    uint32_t reason;   /* for the tolerances */
    int64_t parameter; /* -1: none */
    int64_t figures[AT_GATES];
    struct at_tolerance allow[AT_GATES];
    size_t places, n_locations; /* in struct at_baseline's */
    uint64_t read_line, read_column;
};

struct at_section {
    struct at_environment environment;
    struct at_baseline_test *entries; /* by id and parameter */
    size_t n_entries, capacity;
};

struct at_baseline {
    struct at_pool *pool;
    AT_ARRAY(struct at_section) sections; /* by environment */
    struct at_locations places;
};

void at_baseline_free(struct at_baseline *baseline);

/* Reads a file; `error` gets FILE:LINE:COL: reason. */
bool at_baseline_read(struct at_baseline *baseline, const char *path, char *error, size_t size);

/* The same, of a file whose schema has been read; the error is the scan's. */
struct at_scan;
bool at_baseline_scan(struct at_baseline *baseline, struct at_scan *scan);

/* Reads a baseline, or results as one. */
bool at_baseline_read_any(struct at_baseline *baseline, const char *path, char *error, size_t size);

/* Appends the file. */
void at_baseline_write(struct at_text *text, const struct at_baseline *baseline);

/* The section of an environment, or NULL; made if it is to be. */
struct at_section *at_baseline_section(const struct at_baseline *baseline,
                                       const struct at_environment *environment);
struct at_section *at_baseline_add_section(struct at_baseline *baseline,
                                           const struct at_environment *environment)
    __attribute__((returns_nonnull));

/* The entry of a test, or NULL. */
struct at_baseline_test *at_section_find(const struct at_section *section,
                                         const struct at_pool *pool, uint32_t id,
                                         int64_t parameter);

/* The entry's first place; NULL if it has none. */
const struct at_location *at_baseline_test_locations(const struct at_baseline *baseline,
                                                     const struct at_baseline_test *entry);

void at_section_sort(struct at_section *section, struct at_pool *pool);

/* Appends an entry, which is not sorted in yet. */
struct at_baseline_test *at_section_add(struct at_section *section);

/* Makes a section of every test that was measured. */
void at_baseline_take(struct at_baseline *baseline, const struct at_results *results);

/* Fills an entry's figures and places from a test; tolerances stay. */
void at_baseline_test_take(struct at_baseline *baseline, struct at_baseline_test *entry,
                           const struct at_results *results, const struct at_result_test *test);

#endif
