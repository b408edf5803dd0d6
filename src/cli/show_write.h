/* SPDX-License-Identifier: MIT */
/* The output formats of `show`: functions that append a document. */
#ifndef AT_CLI_SHOW_WRITE_H
#define AT_CLI_SHOW_WRITE_H

#include "results/comparison.h"

/* Tables for people. With `sites`, each test is followed by its call sites. */
typedef void at_table_writer(struct at_text *text, const struct at_results *results, bool sites);
at_table_writer at_show_write_text;
at_table_writer at_show_write_markdown;

/* Documents for other tools. */
typedef void at_results_writer(struct at_text *text, const struct at_results *results);
at_results_writer at_show_write_folded;     /* "outer;inner bytes", the input of flamegraph.pl */
at_results_writer at_show_write_speedscope; /* https://www.speedscope.app */

/* One self-contained page; with changes against a baseline if `comparison` is not NULL. */
void at_show_write_html(struct at_text *text, const struct at_results *results,
                        const struct at_comparison *comparison);

/* The metrics of runs in several environments as one document. */
typedef void at_metrics_writer(struct at_text *text, const struct at_results *runs, size_t n_runs);
at_metrics_writer at_metrics_write_bencher;                 /* Bencher Metric Format */
at_metrics_writer at_metrics_write_github_action_benchmark; /* customSmallerIsBetter */

#endif
