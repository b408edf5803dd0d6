/* SPDX-License-Identifier: MIT */
/*
 * What one or several results files of one environment hold (docs/results.schema.json): the one
 * model that every subcommand and every writer works on. Strings are numbers in a pool that all
 * models of a process share, so that equal strings are equal numbers; 0 is "" and stands for an
 * absent one. Frames are numbers in a pool of their own, so a stack costs four bytes a frame.
 */
#ifndef AT_RESULTS_RESULTS_H
#define AT_RESULTS_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/text.h"
#include "results/grow.h"
#include "symbols/trace_end.h"

#define AT_RESULTS_SCHEMA "alloc-tracker-results/1"

struct at_pool {
    struct at_intern strings; /* with their NUL */
    struct at_intern frames;  /* struct at_result_frame */
};

/* The number of a string; the pool's first is "". */
uint32_t at_pool_put(struct at_pool *pool, const char *string);

/* A string of the pool; valid until the next is put. */
const char *at_pool_get(const struct at_pool *pool, uint32_t string);

struct at_result_frame {
    uint32_t function;
    uint32_t file;
    uint32_t module;
    uint32_t line; /* 0: no debug information */
    uint64_t offset;
};

uint32_t at_pool_put_frame(struct at_pool *pool, const struct at_result_frame *frame);
struct at_result_frame at_pool_get_frame(const struct at_pool *pool, uint32_t frame);

void at_pool_free(struct at_pool *pool);

/* The environment, by field. */
enum at_environment_field {
    AT_ENVIRONMENT_ARCH,
    AT_ENVIRONMENT_LIBC,
    AT_ENVIRONMENT_COMPILER,
    AT_ENVIRONMENT_OPTIMIZATION,
    AT_ENVIRONMENT_SANITIZER,
    AT_ENVIRONMENT_LIBRARY,
    AT_ENVIRONMENT_FIELDS,
    AT_ENVIRONMENT_KEY = AT_ENVIRONMENT_LIBRARY /* the fields that make figures comparable */
};
extern const char *const at_environment_names[AT_ENVIRONMENT_FIELDS];

struct at_environment {
    uint32_t fields[AT_ENVIRONMENT_FIELDS];
};

/*
 * May figures be compared? All but the library's version must agree: what counts as what is that
 * library's promise across versions, and a baseline should outlive its updates.
 */
bool at_environment_equal(const struct at_environment *a, const struct at_environment *b);

/* "x86_64, glibc 2.36, gcc 12.2.0, optimization none, sanitizer none". */
void at_environment_describe(struct at_text *text, const struct at_pool *pool,
                             const struct at_environment *environment);

enum at_result_status {
    AT_RESULT_PASSED,
    AT_RESULT_FAILED,
    AT_RESULT_SKIPPED,
    AT_RESULT_CRASHED,
    AT_RESULT_TIMED_OUT,
    AT_RESULT_STATUSES
};
extern const char *const at_result_status_names[AT_RESULT_STATUSES];

enum at_result_verdict {
    AT_RESULT_NONE,
    AT_RESULT_WITHIN,
    AT_RESULT_OVER,
    AT_RESULT_UNOBSERVED,
    AT_RESULT_INCOMPLETE,
    AT_RESULT_VERDICTS
};
extern const char *const at_result_verdict_names[AT_RESULT_VERDICTS];

/* The figures, in the order of the file. */
enum at_figure {
    AT_FIGURE_ALLOCS,
    AT_FIGURE_REALLOCS,
    AT_FIGURE_FREES,
    AT_FIGURE_BYTES,
    AT_FIGURE_PEAK,
    AT_FIGURE_LIVE,
    AT_FIGURE_LEAKS,
    AT_FIGURE_LEAKED_BYTES,
    AT_FIGURE_FAILED,
    AT_FIGURE_PERMITTED,
    AT_FIGURE_UNKNOWN,
    AT_FIGURES,
    AT_FIGURES_LIMITED = AT_FIGURE_LEAKS + 1 /* those that a budget can limit */
};
extern const char *const at_figure_names[AT_FIGURES];
extern const char *const at_result_end_names[AT_TRACE_ENDS];

struct at_result_site {
    uint32_t function; /* that the code called: malloc, strdup */
    uint32_t n_frames;
    int end;      /* enum at_trace_end */
    size_t stack; /* index of the innermost in struct at_results' stacks */
    int64_t count, bytes, leaks, leaked_bytes;
};

struct at_result_limit {
    int field; /* enum at_figure */
    int scope; /* index in at_result_scope_names */
    int from;  /* in at_result_from_names */
    bool warn, has_min, has_max;
    int64_t min, max;
};
extern const char *const at_result_scope_names[2];
extern const char *const at_result_from_names[3];

struct at_result_test {
    uint32_t id;
    uint32_t file;
    uint32_t reason;            /* 0: none */
    int64_t parameter;          /* -1: none */
    int64_t line, signal, exit; /* 0: none */
    int status;                 /* enum at_result_status */
    int verdict;                /* enum at_result_verdict */
    bool measured, has_sites;
    int64_t usage[AT_FIGURES];
    int64_t dropped;
    size_t limits, n_limits;
    size_t sites, n_sites;
    const char *path; /* where it was read */
    uint64_t read_line, read_column;
};

struct at_results {
    struct at_pool *pool;
    struct at_environment environment;
    const char *path;                      /* the first file's */
    AT_ARRAY(struct at_result_test) tests; /* by id and parameter once sorted */
    AT_ARRAY(struct at_result_site) sites;
    AT_ARRAY(struct at_result_limit) limits;
    AT_ARRAY(uint32_t) stacks; /* numbers of frames */
};

void at_results_free(struct at_results *results);

/*
 * Sorts the tests and makes one of those that stand several times: a test that one shard skipped
 * and another ran was run. One that was run twice is an error: `error` gets FILE:LINE:COL: reason.
 */
bool at_results_sort(struct at_results *results, char *error, size_t size);

/* The `i`th frame of a site, innermost first. */
struct at_result_frame at_result_frame(const struct at_results *results,
                                       const struct at_result_site *site, size_t i);

/* "suite::name", with "[2]" for a parameter. */
void at_result_describe_id(struct at_text *text, const struct at_pool *pool, uint32_t id,
                           int64_t parameter);

/* Why the figures of a test that ran are not to be believed, or NULL. For one that was skipped,
   NULL too. */
const char *at_result_distrust(const struct at_result_test *test);

int at_result_compare_id(const struct at_pool *pool, uint32_t id_a, int64_t parameter_a,
                         uint32_t id_b, int64_t parameter_b);

/* Moves the tests of `from`, which is of the same environment, behind those of `to`. */
void at_results_append(struct at_results *to, struct at_results *from);

/* Reads a file into an empty model; `error` gets FILE:LINE:COL: reason. Not sorted. */
bool at_results_read(struct at_results *results, const char *path, char *error, size_t size);

/* The same, of a file whose schema has been read; the error is the scan's. */
struct at_scan;
bool at_results_scan(struct at_results *results, struct at_scan *scan);

/* Appends the file. */
void at_results_write(struct at_text *text, const struct at_results *results);

#endif
