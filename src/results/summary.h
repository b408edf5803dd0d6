/* SPDX-License-Identifier: MIT */
/*
 * The summary table: one line a test, for `alloc-tracker show` and for the table that follows a
 * run. First measure every row, then add the header and the rows. Uses no malloc.
 */
#ifndef AT_RESULTS_SUMMARY_H
#define AT_RESULTS_SUMMARY_H

#include <stdbool.h>

#include "base/text.h"
#include "results/names.h"

enum { AT_SUMMARY_COLUMNS = 5 };
extern const enum at_metric at_summary_columns[AT_SUMMARY_COLUMNS];

struct at_summary_row {
    const char *id;       /* "suite::name[2]", without control characters */
    const int64_t *usage; /* by enum at_usage_member; NULL: not measured */
    enum at_test_status status;
    enum at_verdict verdict;
    int64_t signal;  /* that ended the test; 0: none */
    int64_t dropped; /* events that were lost */
};

/* The width of each column in bytes. Initialise with at_summary_widths(). */
struct at_summary_widths {
    size_t id;
    size_t columns[AT_SUMMARY_COLUMNS];
};

/* Return the widths of a table without rows. */
struct at_summary_widths at_summary_widths(void);

/* Widen the columns for a row. A very long id does not widen its column. */
void at_summary_measure(struct at_summary_widths *widths, const struct at_summary_row *row);

void at_summary_add_header(struct at_text *text, const struct at_summary_widths *widths);
void at_summary_add_row(struct at_text *text, const struct at_summary_widths *widths,
                        const struct at_summary_row *row);

/* Append the value of one column, with commas; "-" if nothing was measured. */
void at_summary_add_cell(struct at_text *text, const struct at_summary_row *row, size_t column);

/* Append "passed", "crashed (signal 11)", or "passed, but " and why the usage is unreliable. */
void at_summary_add_status(struct at_text *text, const struct at_summary_row *row);

/* Return the reason why the usage is unreliable; NULL if it is reliable or the test was skipped. */
const char *at_summary_why_unreliable(const struct at_summary_row *row);

#endif
