/* SPDX-License-Identifier: MIT */
/*
 * The contents of results files of one environment (docs/results.schema.json): the model that every
 * subcommand and every output format works on.
 *
 * A string is a number in a pool that all models of a process share, so equal strings have equal
 * numbers; 0 is "" and means that the file has none. Frames are numbers in a second pool, so a
 * stack costs four bytes a frame. Functions here end the process with status 2 if there is no
 * memory (grow.h). None is thread-safe: the command has one thread.
 */
#ifndef AT_RESULTS_RESULTS_H
#define AT_RESULTS_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/text.h"
#include "results/grow.h"
#include "results/names.h"
#include "results/summary.h"

/* Zero-initialised is empty and valid; release it with at_pool_free(). */
struct at_pool {
    struct at_intern strings; /* with their NUL */
    struct at_intern frames;  /* struct at_result_frame */
};

/* Return the number of `string`, which is copied if it is new. The number of "" is 0. */
uint32_t at_pool_put(struct at_pool *pool, const char *string);

/* Return a string of the pool, valid until the next at_pool_put(). */
const char *at_pool_get(const struct at_pool *pool, uint32_t string);

/* One stack frame; `function`, `file`, `source` and `module` are strings of the pool. */
struct at_result_frame {
    uint32_t function;
    uint32_t file;
    uint32_t source; /* the text of the line; 0: unknown */
    uint32_t module;
    uint32_t line; /* 0: no debug information */
    uint32_t padding;
    uint64_t offset;
};

uint32_t at_pool_put_frame(struct at_pool *pool, const struct at_result_frame *frame);
struct at_result_frame at_pool_get_frame(const struct at_pool *pool, uint32_t frame);

void at_pool_free(struct at_pool *pool);

/* Strings of the pool. */
struct at_environment {
    uint32_t fields[AT_ENVIRONMENT_FIELDS];
};

/*
 * Return whether metrics of the two environments can be compared. All fields but the library's
 * version must be equal: the library counts the same in every version, so that a baseline outlives
 * updates of the library.
 */
bool at_environment_equal(const struct at_environment *a, const struct at_environment *b);

/* Append "x86_64, glibc 2.36, gcc 12.2.0, optimization none, sanitizer none". */
void at_environment_describe(struct at_text *text, const struct at_pool *pool,
                             const struct at_environment *environment);

/* A call site of one test. Counts are calls or blocks. */
struct at_result_site {
    uint32_t function; /* the allocating function that the code called: malloc, strdup */
    uint32_t n_frames;
    int end;      /* enum at_trace_end */
    size_t stack; /* index of the innermost frame in struct at_results' stacks */
    int64_t count, bytes, leaks, leaked_bytes;
    int64_t min_bytes, max_bytes;   /* the smallest and the largest request; -1: unknown */
    int64_t peak_count, peak_bytes; /* live at the peak of the test; -1: unknown */
};

/* A limit that the test ran with, as the file lists it. */
struct at_result_limit {
    int metric; /* enum at_metric */
    int scope;  /* enum at_scope */
    int source; /* enum at_limit_source */
    bool warn, has_min, has_max;
    int64_t min, max;
};

struct at_result_test {
    uint32_t id;
    uint32_t program;       /* base name of the executable; 0: unknown */
    uint32_t shown_program; /* `program` if another program has a test with this id; else 0 */
    uint32_t file;
    uint32_t reason;            /* 0: none */
    int64_t parameter;          /* -1: none */
    int64_t line, signal, exit; /* 0: none */
    int status;                 /* enum at_test_status */
    int verdict;                /* enum at_verdict */
    bool measured;              /* `usage` is known */
    bool has_sites;
    int64_t usage[AT_USAGE_MEMBERS];
    int64_t dropped;         /* events that were lost */
    size_t limits, n_limits; /* indices in struct at_results */
    size_t sites, n_sites;
    const char *path; /* of the file, with the position of the test in it */
    uint64_t read_line, read_column;
};

/* Zero-initialised but for `pool` is empty and valid; release it with at_results_free(). */
struct at_results {
    struct at_pool *pool; /* the caller's */
    struct at_environment environment;
    const char *path;                      /* of the first file */
    AT_ARRAY(struct at_result_test) tests; /* by id, parameter and program once sorted */
    AT_ARRAY(struct at_result_site) sites;
    AT_ARRAY(struct at_result_limit) limits;
    AT_ARRAY(uint32_t) stacks; /* numbers of frames, innermost first */
};

void at_results_free(struct at_results *results);

/*
 * Read a file into an empty model; `path` must outlive the model. Return false and write
 * "FILE:LINE:COL: reason" to `error` if the file is malformed. The tests are not sorted.
 */
bool at_results_read(struct at_results *results, const char *path, char *error, size_t size);

/* Read the rest of a file whose schema has been read. The scan has the error. */
struct at_scan;
bool at_results_scan(struct at_results *results, struct at_scan *scan);

/*
 * Sort the tests by id, parameter and program, and merge equal ones: if one shard skipped a test
 * and another ran it, the latter is kept. If two shards ran it, return false and write
 * "FILE:LINE:COL: reason" to `error`. Tests of different programs are never merged.
 */
bool at_results_sort(struct at_results *results, char *error, size_t size);

/* Move the tests of `from`, which has the same environment, behind those of `to`. */
void at_results_append(struct at_results *to, struct at_results *from);

/* Append the model as a results file, one line a test. */
void at_results_write(struct at_text *text, const struct at_results *results);

/* The same without a schema, and with one member "frames" for all tests. The text is several times
   smaller if tests have frames in common, but it is not a results file. */
void at_results_write_compact(struct at_text *text, const struct at_results *results);

/* Return frame `i` of a call site; 0 is the innermost. */
struct at_result_frame at_result_frame(const struct at_results *results,
                                       const struct at_result_site *site, size_t i);

/* Append "suite::name", or "suite::name[2]" with a parameter. If `shown_program` is not 0, append
   that program and ": " first. */
void at_result_describe_id(struct at_text *text, const struct at_pool *pool, uint32_t shown_program,
                           uint32_t id, int64_t parameter);

/* Return less than, equal to or greater than 0, by id and then by parameter. */
int at_result_compare_id(const struct at_pool *pool, uint32_t id_a, int64_t parameter_a,
                         uint32_t id_b, int64_t parameter_b);

/* Return the row of a test in the summary table; it refers to the test and to `id`. */
struct at_summary_row at_result_summary(const struct at_result_test *test, const char *id);

/* Return the reason why a test's usage is unreliable, or NULL if it is reliable or the test was
   skipped. */
const char *at_result_why_unreliable(const struct at_result_test *test);

#endif
