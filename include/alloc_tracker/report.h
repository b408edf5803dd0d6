/* SPDX-License-Identifier: MIT */
/*
 * Reports: immutable figures of a session's operations, which can be merged, printed, written as
 * JSON and read back, so that runs on several machines make one report.
 *
 * A report is thread-safe, as nothing ever changes it.
 */
#ifndef ALLOC_TRACKER_REPORT_H
#define ALLOC_TRACKER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/status.h>

AT_BEGIN_DECLS

struct at_report;

/* One operation's totals. Extremes are per iteration, over spans with iterations; NaN without. */
struct at_operation_totals {
    const char *name; /* lives as long as the report */
    uint64_t spans;
    uint64_t iterations;
    uint64_t bytes;
    uint64_t allocs;
    double min_bytes;
    double max_bytes;
    double min_allocs;
    double max_allocs;
    uint64_t tracked_spans; /* how many had peak and live measured */
    int64_t max_peak;       /* over those; 0 without any */
    int64_t max_live;
    int64_t min_live;
};

/* What one iteration costs, as estimated from all spans. */
struct at_estimate {
    double mean;       /* total / iterations; NaN without iterations */
    double slope;      /* least squares through the origin; NaN without iterations */
    bool has_interval; /* false under two spans with iterations */
    double low;        /* 95 % confidence interval of the slope; `low` is never below 0 */
    double high;
};

struct at_statistics {
    uint64_t spans; /* with iterations */
    struct at_estimate bytes;
    struct at_estimate allocs;
};

/* Why a directory could not be written or read. */
struct at_report_error {
    char message[1024]; /* "FILE:LINE:COL: reason" where a file's content is wrong, else
                           "PATH: reason" */
};

/* Releases a report; NULL is allowed. Always returns NULL. */
AT_API struct at_report *at_report_free(struct at_report *report);

AT_API bool at_report_is_empty(const struct at_report *report);

/* The operations that have spans, in the order of their names (byte by byte). */
AT_API size_t at_report_n_operations(const struct at_report *report);

/* The `index`th of them. AT_ERROR_INVALID_ARGUMENT past the end. */
AT_API enum at_status at_report_operation(const struct at_report *report, size_t index,
                                          struct at_operation_totals *operation);

/*
 * Statistics of the `index`th operation. With n the iterations of a span and t its bytes or
 * allocations, slope b = Σnt / Σn² (J. G. Eisenhauer, "Regression through the Origin", Teaching
 * Statistics 25(3), 2003) and the interval is b ± 1.96 · sqrt(Σn²e²) / Σn² with residuals e = t -
 * bn (HC0: H. White, Econometrica 48(4), 1980). All sums are exact integers, so merging in any
 * order gives the same figures. AT_ERROR_INVALID_ARGUMENT past the end.
 */
AT_API enum at_status at_report_statistics(const struct at_report *report, size_t index,
                                           struct at_statistics *statistics);

/* A new report with the spans of both; the same name is the same operation. Owned by the caller.
   AT_ERROR_NO_MEMORY. */
AT_API enum at_status at_report_merge(const struct at_report *a, const struct at_report *b,
                                      struct at_report **merged);

/* The table, one row an operation; an empty report prints nothing. AT_ERROR_IO where the stream
   reports an error. */
AT_API enum at_status at_report_print(const struct at_report *report, FILE *stream);

/*
 * Writes one JSON file an operation into `directory`, which is made if it is missing, parents too.
 * A file's name is the operation's, with every byte but letters, digits, '.', '-' and '_' replaced
 * by '_'. Two names that come to the same file, letter case aside, are AT_ERROR_COLLISION, and then
 * nothing is written. Every file is written in full under a temporary name before the first takes
 * its place by rename, so a full disk (AT_ERROR_IO) leaves the old files as they were. Other files
 * there are left alone. An empty report writes nothing. `error` may be NULL.
 */
AT_API enum at_status at_report_write_dir(const struct at_report *report, const char *directory,
                                          struct at_report_error *error);

/*
 * Reads every *.json file of `directory` back into a new report, owned by the caller, exactly as it
 * was. AT_ERROR_IO where something cannot be read; AT_ERROR_FORMAT where a file is not one of ours.
 * `error` may be NULL.
 */
AT_API enum at_status at_report_read_dir(const char *directory, struct at_report **report,
                                         struct at_report_error *error);

AT_END_DECLS

#endif
