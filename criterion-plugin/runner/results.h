/* SPDX-License-Identifier: MIT */
/*
 * The results of a run, in the runner: every test once, with its status from Criterion and the
 * usage from its worker. The plugin itself writes the files of --output=alloc:FILE and
 * CRITERION_OUTPUTS: Criterion opens a file, and so empties it, before it calls a writer.
 */
#ifndef CRITERION_ALLOC_RUNNER_RESULTS_H
#define CRITERION_ALLOC_RUNNER_RESULTS_H

#include <criterion/criterion.h>
#include <criterion/stats.h>

#include "shared/record.h"

struct criterion_alloc_result {
    const char *suite;
    const char *name;
    const char *file;
    unsigned line;
    int32_t parameter; /* -1: none */
    const struct criterion_test_stats *stats;
    bool measured;
    struct at_usage usage;
    enum at_verdict outcome;
    struct at_limits limits; /* in force */
    struct at_text text; /* members "usage", "frames", "sites" and "dropped"; empty without sites */
    char reason[768];    /* the reason for missing usage or call sites; "" if nothing is missing */
};

struct criterion_alloc_results {
    struct criterion_alloc_result *rows; /* by suite, name and parameter */
    size_t n;
};

/* The reason for missing usage of a test whose process ended early; see at_unobserved_mirror. */
extern const char criterion_alloc_unseen_at_death[];

/* Return the data that workers must report for the outputs and options of the run: a set of
   enum criterion_alloc_wants. */
uint32_t criterion_alloc_results_wanted(void);

/* Read how the tests were compiled; called once, before the first test. */
void criterion_alloc_results_start(const struct criterion_test_set *set);

/*
 * Remove the worker ids from Criterion's statistics and return the results. Call this function
 * once, after the last test. Without memory, print the reason and return no results.
 */
struct criterion_alloc_results
criterion_alloc_results_collect(struct criterion_alloc_shared *shared,
                                struct criterion_global_stats *all);

void criterion_alloc_results_free(struct criterion_alloc_results *results);

/* Write every output. If an output cannot be written, print the reason on standard error and fail
   the run. */
void criterion_alloc_results_write(const struct criterion_alloc_results *results,
                                   struct criterion_global_stats *all);

/* Print the table that follows a run on standard error, if an option requests it. */
void criterion_alloc_results_print(const struct criterion_alloc_results *results);

#endif
