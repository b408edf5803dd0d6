/* SPDX-License-Identifier: MIT */
/* The output formats of `show`: functions that append a document. */
#ifndef AT_CLI_SHOW_WRITE_H
#define AT_CLI_SHOW_WRITE_H

#include "results/by.h"
#include "results/comparison.h"

/* The contents of a document that a reader chooses. */
struct at_show_options {
    enum at_by by; /* of call sites and stacks */
    bool sites;    /* in a table, each test is followed by its call sites */
    const struct at_comparison *comparison; /* NULL: show no changes against a baseline */
};

typedef void at_results_writer(struct at_text *text, const struct at_results *results,
                               const struct at_show_options *options);
at_results_writer at_show_write_text;
at_results_writer at_show_write_markdown;
at_results_writer at_show_write_folded;     /* "outer;inner bytes", the input of flamegraph.pl */
at_results_writer at_show_write_speedscope; /* https://www.speedscope.app */
at_results_writer at_show_write_html;       /* one self-contained page */

/* Append the call sites of a test that contribute to the metric, and what the parts of a peak do
   not explain. Control characters become '?'. */
void at_show_add_sites(struct at_text *text, const struct at_results *results,
                       const struct at_result_test *test, enum at_by by);

/* What a part without a call site is: negative; positive. */
extern const char at_released_before[], at_without_site[];

/* Return the reason why a stack is incomplete. */
const char *at_show_why_incomplete(enum at_trace_end end);

/* The metrics of runs in several environments as one document. */
typedef void at_metrics_writer(struct at_text *text, const struct at_results *runs, size_t n_runs);
at_metrics_writer at_metrics_write_bencher;                 /* Bencher Metric Format */
at_metrics_writer at_metrics_write_github_action_benchmark; /* customSmallerIsBetter */

#endif
