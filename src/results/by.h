/* SPDX-License-Identifier: MIT */
/*
 * The metrics by which a reader ranks call sites and draws stacks, option `--by`. Each call site
 * has a part of each: blocks and a weight. Functions do not allocate, but for at_by_rank(), which
 * ends the process with status 2 if there is no memory (grow.h).
 */
#ifndef AT_RESULTS_BY_H
#define AT_RESULTS_BY_H

#include "results/results.h"

enum at_by {
    AT_BY_BYTES,
    AT_BY_ALLOCS,
    AT_BY_PEAK,  /* bytes live at the peak */
    AT_BY_LEAKS, /* bytes leaked */
    AT_N_BY
};

/* How a metric is written, and which members of a results file have it. */
struct at_by_words {
    enum at_metric metric;      /* gives the name: "peak" */
    enum at_usage_member total; /* of the test; the weights of its call sites are parts of it */
    const char *label;          /* "live at the peak" */
    const char *noun;           /* of a weight: "byte" */
    const char *suffix;         /* of an amount: " live at the peak" */
};
extern const struct at_by_words at_by_words[AT_N_BY];

/* Return the name: "bytes", "allocs", "peak" or "leaks". */
const char *at_by_name(enum at_by by);

/* Return a call site's part in bytes, or in calls by allocs; -1: unknown. */
int64_t at_by_weight(const struct at_result_site *site, enum at_by by);

/* Return the calls or blocks of a call site's part; -1: unknown. */
int64_t at_by_blocks(const struct at_result_site *site, enum at_by by);

/*
 * Return the test's metric without the parts of its call sites. It is negative if blocks from
 * before the test were released, positive if blocks have no call site, and 0 if the test has no
 * usage or no call sites.
 */
int64_t at_by_rest(const struct at_results *results, const struct at_result_test *test,
                   enum at_by by);

/* Return the first test with a call site whose part is unknown, or NULL. */
const struct at_result_test *at_by_find_unknown(const struct at_results *results, enum at_by by);

/* Call sites; free `at`. */
struct at_ranking {
    const struct at_result_site **at;
    size_t n, capacity;
};

/* Return the call sites of a test that contribute to the metric, largest first. */
struct at_ranking at_by_rank(const struct at_results *results, const struct at_result_test *test,
                             enum at_by by);

/* Sort the tests by the metric, largest first; those without usage are the last. */
void at_by_sort_tests(struct at_results *results, enum at_by by);

#endif
