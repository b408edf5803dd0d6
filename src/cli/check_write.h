/* SPDX-License-Identifier: MIT */
/* The output formats of `check`: functions that append a document. */
#ifndef AT_CLI_CHECK_WRITE_H
#define AT_CLI_CHECK_WRITE_H

#include "results/comparison.h"

/* The comparison of one environment. */
typedef void at_check_writer(struct at_text *text, const struct at_comparison *comparison);
at_check_writer at_check_write_text;   /* for people */
at_check_writer at_check_write_colour; /* for people at a terminal */
at_check_writer at_check_write_markdown;
at_check_writer at_check_write_github; /* workflow commands */

/* The comparisons of all environments as one document (docs/check.schema.json). */
typedef void at_check_document(struct at_text *text, const struct at_comparison *comparisons,
                               size_t n);
at_check_document at_check_write_json;

#endif
