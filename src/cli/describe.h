/* SPDX-License-Identifier: MIT */
/*
 * Judgements and differences in words, and how a word is made safe for where it goes.
 */
#ifndef AT_CLI_DESCRIBE_H
#define AT_CLI_DESCRIBE_H

#include "results/comparison.h"

/* Appends a string with what could break the output out of its place made harmless. */
typedef void at_escape(struct at_text *text, const char *string);
at_escape at_escape_plain;    /* control characters become '?' */
at_escape at_escape_markdown; /* GitHub Flavored Markdown, in a table too */
at_escape at_escape_html;

/* "12 allocs", "1 byte", "peak 96 bytes", with commas. */
void at_describe_figure(struct at_text *text, size_t gate, int64_t figure);

/* A difference with its sign and commas: "+1,024". */
void at_describe_difference(struct at_text *text, int64_t difference);

/* "suite::name[2]". */
void at_describe_finding_id(struct at_text *text, const struct at_comparison *judgement,
                            const struct at_finding *finding);

/* What there is to say of a finding, without its id and without places. */
void at_describe_finding(struct at_text *text, const struct at_comparison *judgement,
                         const struct at_finding *finding);

/* "+12 allocs src/parser.c:88 (new), +4,096 bytes, malloc in parser_grow". */
void at_describe_change(struct at_text *text, const struct at_pool *pool,
                        const struct at_location_change *change);

/* "120 tests: 118 within, 1 above, 1 new". */
void at_describe_counts(struct at_text *text, const struct at_comparison *judgement);

#endif
