/* SPDX-License-Identifier: MIT */
/*
 * The results of a run, in the runner. Each test has one row, with its status from Criterion and
 * the usage from its worker. The plugin itself writes the files of --output=alloc:FILE and
 * CRITERION_OUTPUTS, because Criterion empties a file before it calls a writer.
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
    int32_t parameter; /* index of the parameter, or -1 for a test without parameters */
    const struct criterion_test_stats *stats;
    bool measured;         /* `usage` is known */
    struct at_usage usage; /* of the body */
    enum at_verdict outcome;
    struct at_limits limits; /* the limits that applied to the test */
    struct at_text text; /* JSON members "usage", "frames", "sites" and "dropped", or empty if there
                            are no call sites */
    char reason[768];    /* the reason for missing usage or call sites; "" if nothing is missing */
};

struct criterion_alloc_results {
    struct criterion_alloc_result *rows; /* sorted by suite, name and parameter */
    size_t n;
};

/* The reason why a test without a verdict has no usage if its process also loaded a library whose
   allocations cannot be observed. See at_unobserved_mirror. */
extern const char criterion_alloc_unseen_at_death[];

/* Return the data that workers must report for the outputs and options of the run: a set of
   enum criterion_alloc_wants. */
uint32_t criterion_alloc_results_wanted(void);

/* Read the compiler and the options of the tests. Call this function once, before the first test.
 */
void criterion_alloc_results_start(const struct criterion_test_set *set);

/*
 * Return the results. Call this function once, after the last test, before the
 * plugin's assertions are removed. Without memory, print the reason and return no results.
 */
struct criterion_alloc_results
criterion_alloc_results_collect(struct criterion_alloc_shared *shared,
                                struct criterion_global_stats *all);

/* Free the rows and reset `results` to an empty list. */
void criterion_alloc_results_free(struct criterion_alloc_results *results);

/* Write every output. If an output cannot be written, print the reason on standard error and fail
   the run. `off`: nothing was measured because of ALLOC_TRACKER=off. */
void criterion_alloc_results_write(const struct criterion_alloc_results *results,
                                   struct criterion_global_stats *all, bool off);

/* Print the table of all tests on standard error, if an option or ALLOC_TRACKER_SUMMARY requests
   it. */
void criterion_alloc_results_print(const struct criterion_alloc_results *results);

#endif
