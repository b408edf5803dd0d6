/* SPDX-License-Identifier: MIT */
/*
 * Reports: immutable snapshots of a session's operations. Reports can be merged, printed, written
 * as JSON files and read back, so that runs on several machines make one report.
 *
 * A report never changes, so all threads may use one at the same time. No function here uses
 * malloc, so no function adds to counters, spans or regions. There is one exception: libc may
 * allocate to translate an error message. Regions do not count this allocation. No function may be
 * called in a signal handler or inside an allocation.
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

/*
 * The totals of one operation. min_bytes, max_bytes, min_allocs and max_allocs are values of one
 * iteration, and include only spans with at least one iteration. If there is no such span, or if a
 * file of the Rust crate was read, they are NaN. The other members with min_ and max_ are bytes,
 * and include only tracked spans. If there is no such span, they are 0.
 */
struct at_operation_totals {
    const char *name; /* owned by the report */
    uint64_t spans;
    uint64_t iterations;
    uint64_t bytes;  /* requested bytes of all spans */
    uint64_t allocs; /* allocations of all spans */
    double min_bytes;
    double max_bytes;
    double min_allocs;
    double max_allocs;
    uint64_t tracked_spans; /* number of spans with peak and live */
    int64_t max_peak;
    int64_t max_live;
    int64_t min_live;
};

/* The value of one metric for one iteration, estimated from all spans. The table shows the slope. A
   value that is not known is NaN. */
struct at_estimate {
    double mean;       /* total / iterations; NaN without iterations */
    double slope;      /* least squares through the origin; NaN without iterations */
    bool has_interval; /* false if fewer than two spans have iterations */
    double low;        /* 95 % confidence interval of the slope, if has_interval; at least 0 */
    double high;
};

/*
 * The statistics of one operation.
 *
 * The estimate of the peak needs the peak of every span, so every span must be tracked. One span
 * without a peak leaves the operation without an estimate of its peak, also after merging: then all
 * values of `peak` are NaN.
 */
struct at_statistics {
    uint64_t spans; /* number of spans with iterations */
    struct at_estimate bytes;
    struct at_estimate allocs;
    struct at_estimate peak; /* in bytes */
};

/* The reason why a directory of reports could not be written or read. */
struct at_report_error {
    char message[1024]; /* "FILE:LINE:COL: reason" if a file has wrong content, else
                           "PATH: reason" */
};

/* Release a report. NULL is allowed. Always return NULL. */
AT_API struct at_report *at_report_free(struct at_report *report);

/* Return true if all operations of the report together have no iteration. */
AT_API bool at_report_is_empty(const struct at_report *report);

/* Return the number of operations that have spans. */
AT_API size_t at_report_n_operations(const struct at_report *report);

/* Store the totals of the operation number `index` in `*operation`. Operations are in the order of
   their names, byte by byte. Return AT_OK, or AT_ERROR_INVALID_ARGUMENT if `index` is not below
   at_report_n_operations(). */
AT_API enum at_status at_report_operation(const struct at_report *report, size_t index,
                                          struct at_operation_totals *operation);

/*
 * Store the statistics of the operation number `index` in `*statistics`. Let n be the iterations of
 * a span and t its bytes or allocations. The slope is b = Σnt / Σn² (J. G. Eisenhauer, "Regression
 * through the Origin", Teaching Statistics 25(3), 2003). The interval is
 * b ± 1.96 · sqrt(Σn²e²) / Σn² with residuals e = t - bn (HC0: H. White, Econometrica 48(4), 1980).
 * The peak p of a span does not grow with n, so t = np for the peak: its slope is the mean of the
 * peaks, each with the weight n². All sums are exact integers, so merging in any order gives the
 * same statistics. Return AT_OK, or AT_ERROR_INVALID_ARGUMENT if `index` is not below
 * at_report_n_operations().
 */
AT_API enum at_status at_report_statistics(const struct at_report *report, size_t index,
                                           struct at_statistics *statistics);

/* Write one operation as text: "24 bytes/iter, 2 allocations/iter", with the slopes, as in the
   table. The text is cut to `size` bytes with its NUL; 128 bytes are always enough. Return AT_OK,
   or AT_ERROR_INVALID_ARGUMENT if `index` is not below at_report_n_operations(). */
AT_API enum at_status at_report_format_operation(const struct at_report *report, size_t index,
                                                 char *text, size_t size);

/* Store in `*merged` a new report with the spans of `a` and `b`. Operations of the same name become
   one. If one of two such operations was read from a file of the Rust crate, the new operation has
   totals, but no slope. The caller owns the report. Return AT_OK or AT_ERROR_NO_MEMORY. */
AT_API enum at_status at_report_merge(const struct at_report *a, const struct at_report *b,
                                      struct at_report **merged);

/* Print a table with one row for each operation: the slope, and the smallest and largest value of
   one iteration, of bytes and allocations. If an operation has an estimate of its peak, a column
   has its slope. "n/a" is a value that is not known, "NaN" one of an operation without iterations.
   For an empty report, print "No allocation statistics captured.". Return AT_OK, or AT_ERROR_IO if
   the stream reports an error. The stream may allocate its buffer. */
AT_API enum at_status at_report_print(const struct at_report *report, FILE *stream);

/*
 * Write one JSON file for each operation into `directory`. Missing directories are created, parents
 * too. The name of a file is the name of the operation, with '_' in place of each character except
 * ASCII letters, digits, '.', '-' and '_', without dots at the end, and ".json". Other files in the
 * directory do not change. A report without operations writes nothing.
 *
 * The function first writes all files under temporary names and then renames them. If writing
 * fails, the old files do not change. Several threads and processes may write to one directory at
 * the same time.
 *
 * Return one of:
 * - AT_OK;
 * - AT_ERROR_COLLISION if two operations have the same file name, ignoring case;
 * - AT_ERROR_IO if a file cannot be written, or if JSON cannot represent an operation: its name is
 *   not UTF-8 or longer than 1 MiB, or a total is above 2^63 - 1;
 * - AT_ERROR_NO_MEMORY if the kernel refuses memory.
 *
 * On failure, the reason is stored in `*error`, unless `error` is NULL.
 */
AT_API enum at_status at_report_write_dir(const struct at_report *report, const char *directory,
                                          struct at_report_error *error);

/*
 * Read every file of `directory` whose name ends in ".json", except hidden files, into a new report
 * `*report`, which the caller owns. The report equals the one that was written. Unknown members of
 * the files are ignored. A file may also be one that the Rust crate alloc_tracker wrote.
 *
 * Return one of:
 * - AT_OK;
 * - AT_ERROR_IO if the directory or a file cannot be read;
 * - AT_ERROR_FORMAT if a file is not a report;
 * - AT_ERROR_NO_MEMORY if the kernel refuses memory.
 *
 * On failure, the reason is stored in `*error`, unless `error` is NULL.
 */
AT_API enum at_status at_report_read_dir(const char *directory, struct at_report **report,
                                         struct at_report_error *error);

AT_END_DECLS

#endif
