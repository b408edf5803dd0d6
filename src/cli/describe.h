/* SPDX-License-Identifier: MIT */
/*
 * Findings, differences and call sites as text that several formats share, and escaping for the
 * place that a text goes to.
 */
#ifndef AT_CLI_DESCRIBE_H
#define AT_CLI_DESCRIBE_H

#include "results/comparison.h"

/* Append a string so that no character of it changes the structure of the output: with '?' for
   control characters; as GitHub Flavored Markdown, in tables too. */
void at_escape_plain(struct at_text *text, const char *string);
void at_escape_markdown(struct at_text *text, const char *string);

/* Append a value of enum at_baseline_metric: "12 allocs", "1 byte", "peak 96 bytes", with commas.
 */
void at_describe_metric(struct at_text *text, size_t metric, int64_t value);

/* Append a difference with its sign and commas: "+1,024". */
void at_describe_difference(struct at_text *text, int64_t difference);

/* Append "suite::name[2]". */
void at_describe_finding_id(struct at_text *text, const struct at_comparison *comparison,
                            const struct at_finding *finding);

/* Append the reason for the outcome, without id and locations. */
void at_describe_finding(struct at_text *text, const struct at_comparison *comparison,
                         const struct at_finding *finding);

/* Append "+12 allocs src/parser.c:88 (new), +4,096 bytes, malloc in parser_grow"; a part of the
   peak and leaks only if they are among the bits `shown`. */
void at_describe_change(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_change *change, unsigned shown);

/* Append why results are not compared with a section of their own environment, and what to do:
   "The baseline has no section for ...". Nothing if they are. */
void at_describe_section(struct at_text *text, const struct at_comparison *comparison);

/* Append "120 tests: 118 within, 1 above, 1 new". */
void at_describe_counts(struct at_text *text, const struct at_comparison *comparison);

/* Append the name of a function, a string of the pool. Long C++ names are shortened. */
void at_describe_function(struct at_text *text, const struct at_pool *pool, uint32_t function);

/* Append a frame as one word: "parse"; "libfoo.so+0x1234"; "(unknown)". */
void at_describe_frame(struct at_text *text, const struct at_pool *pool,
                       const struct at_result_frame *frame);

/* Return whether the test's metrics can go to a tool that records them over time. */
bool at_has_reliable_metrics(const struct at_result_test *test);

/* Append the id of a test as the name of such a series; with its environment if the document has
   several runs. */
void at_describe_series(struct at_text *name, const struct at_results *run, size_t n_runs,
                        const struct at_result_test *test);

#endif
