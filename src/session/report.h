/* SPDX-License-Identifier: MIT */
/*
 * The inside of a report: rows in the order of their names, and the names behind them, in one block
 * of pages. Built by adding rows in any order; rows of one name become one.
 */
#ifndef AT_SESSION_REPORT_H
#define AT_SESSION_REPORT_H

#include "alloc_tracker/report.h"
#include "session/moments.h"

struct at_report_row {
    const char *name;
    struct at_moments moments;
};

struct at_report {
    size_t size; /* of the block of pages */
    size_t n_rows;
    struct at_report_row rows[];
};

struct at_report_builder {
    struct at_report_row *rows; /* names are the caller's until the builder is finished */
    size_t n_rows;
    size_t capacity;
    bool failed; /* out of memory at some point */
};

void at_report_builder_add(struct at_report_builder *builder, const char *name,
                           const struct at_moments *moments);

/* Makes the report and releases the builder. AT_ERROR_NO_MEMORY. */
enum at_status at_report_builder_finish(struct at_report_builder *builder,
                                        struct at_report **report);

/* Releases the builder without a report. */
void at_report_builder_discard(struct at_report_builder *builder);

#endif
