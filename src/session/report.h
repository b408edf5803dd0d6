/* SPDX-License-Identifier: MIT */
/*
 * A report is one block of pages: the rows in the order of their names, followed by the names. A
 * builder takes rows in any order, and merges rows of the same name. If one of them lacks its sums,
 * the merged row has totals, but no estimates.
 */
#ifndef AT_SESSION_REPORT_H
#define AT_SESSION_REPORT_H

#include "alloc_tracker/report.h"
#include "session/moments.h"

struct at_report_row {
    const char *name;
    struct at_moments moments;
    bool lacks_sums; /* read from a file of the Rust crate, which has totals and estimates only: the
                        sums and the extremes in the moments are unknown */
    struct at_statistics
        estimates; /* if the row lacks the sums; the means follow from the totals */
};

struct at_report {
    size_t size; /* of the block of pages */
    size_t n_rows;
    struct at_report_row rows[];
};

struct at_report_builder {
    struct at_report_row *rows; /* the caller owns the names, until the builder is finished */
    size_t n_rows;
    size_t capacity;
    bool failed; /* memory ran out */
};

/* Add a row. An error is returned by at_report_builder_finish(). */
void at_report_builder_add(struct at_report_builder *builder, const struct at_report_row *row);

/* Store the report, which the caller owns, and release the builder. Return AT_OK or
   AT_ERROR_NO_MEMORY. */
enum at_status at_report_builder_finish(struct at_report_builder *builder,
                                        struct at_report **report);

/* Release the builder without a report. */
void at_report_builder_discard(struct at_report_builder *builder);

/* Add the spans of `from` to `into`. */
void at_report_row_merge(struct at_report_row *into, const struct at_report_row *from);

struct at_statistics at_report_row_statistics(const struct at_report_row *row);

/* Write the slopes of bytes and allocations as text with a NUL, cut to `size` bytes. */
void at_report_row_format(const struct at_report_row *row, char *text, size_t size);

#endif
