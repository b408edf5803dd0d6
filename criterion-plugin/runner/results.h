/* SPDX-License-Identifier: MIT */
/*
 * The results of a run, in the runner: every test once, with the status that Criterion came to and
 * the figures that its worker told. Written where --output=alloc:FILE and CRITERION_OUTPUTS say, by
 * ourselves: Criterion opens a file, and so empties it, before it asks anybody to write.
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
    char reason[768];    /* why there is no usage, or no sites; "" where nothing is amiss */
};

struct criterion_alloc_results {
    struct criterion_alloc_result *rows; /* by suite, name and parameter */
    size_t n;
};

/* Why nothing is known of a test whose process ended unasked, see at_unobserved_mirror. */
extern const char criterion_alloc_unseen_at_death[];

/* What the run's outputs and its options ask workers to tell: enum criterion_alloc_wants. */
uint32_t criterion_alloc_results_wanted(void);

/* Read how the tests were compiled; called once, before the first test. */
void criterion_alloc_results_start(const struct criterion_test_set *set);

/*
 * Takes the worker_ids out of Criterion's statistics and puts the results together; to be called
 * once, after the last test. Without memory answers none and prints why.
 */
struct criterion_alloc_results
criterion_alloc_results_collect(struct criterion_alloc_shared *shared,
                                struct criterion_global_stats *all);

void criterion_alloc_results_free(struct criterion_alloc_results *results);

/* Writes every output. One that cannot be written is told on standard error and fails the run. */
void criterion_alloc_results_write(const struct criterion_alloc_results *results,
                                   struct criterion_global_stats *all);

/* The table that follows a run, on standard error, if the user asked for it. */
void criterion_alloc_results_print(const struct criterion_alloc_results *results);

#endif
