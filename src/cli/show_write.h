/* SPDX-License-Identifier: MIT */
/* Results as a text, by format. */
#ifndef AT_CLI_SHOW_WRITE_H
#define AT_CLI_SHOW_WRITE_H

#include "results/comparison.h"

struct at_show_options {
    bool sites;                            /* of text and markdown: the call sites of each test */
    const struct at_comparison *judgement; /* of HTML: against a baseline; NULL without one */
};

typedef void at_show_writer(struct at_text *text, const struct at_results *results,
                            const struct at_show_options *options);

at_show_writer at_show_write_text;
at_show_writer at_show_write_markdown;
at_show_writer at_show_write_json;       /* docs/results.schema.json */
at_show_writer at_show_write_folded;     /* "outer;inner bytes", as flame graphs are made from */
at_show_writer at_show_write_speedscope; /* https://www.speedscope.app */
at_show_writer at_show_write_html;       /* one page, self-contained */
at_show_writer at_show_write_bencher;
at_show_writer at_show_write_github_action_benchmark;

/* The metrics of the runs of several environments, as one document. */
typedef void at_metrics_writer(struct at_text *text, const struct at_results *runs, size_t n_runs);
at_metrics_writer at_metrics_write_bencher;                 /* Bencher Metric Format */
at_metrics_writer at_metrics_write_github_action_benchmark; /* customSmallerIsBetter */

/* A frame as one word of a stack: "parse", or "libfoo.so+0x1234"; "(unknown)" without anything. */
void at_show_frame_name(struct at_text *text, const struct at_pool *pool,
                        const struct at_result_frame *frame);

#endif
