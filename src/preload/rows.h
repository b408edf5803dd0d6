/* SPDX-License-Identifier: MIT */
/*
 * The rows of a run's results: one for each execution that has ended, and one for each test of a
 * suite. Rows are in the order of their names, and rows of one name in the order of their usage.
 */
#ifndef AT_PRELOAD_ROWS_H
#define AT_PRELOAD_ROWS_H

#include "base/intern.h"
#include "preload/execution_table.h"

struct at_row {
    const struct at_execution *execution;
    size_t id;        /* offset of the name in `ids` */
    const char *test; /* JSON members of a suite's test, from the byte after its id to its closing
                         brace; NULL for a program */
    size_t test_size;
};

/* The caller sets the first three members. at_rows_free() frees the others. */
struct at_rows {
    const struct at_execution_table *table;
    int fd;              /* of the table's file */
    uint64_t size;       /* of the table's file */
    struct at_text ids;  /* names, escaped as in JSON, each with its NUL */
    struct at_text rows; /* struct at_row */
    size_t n;
    struct at_intern suites; /* names of suites, to number the runs of one suite */
    struct at_text n_runs;   /* uint32_t: number of runs of each suite */
    uint32_t n_running;      /* executions that have not ended */
    uint32_t n_tests;
    bool failed; /* out of memory */
};

/* Collect and sort the rows. */
void at_rows_collect(struct at_rows *rows);
const struct at_row *at_rows_get(const struct at_rows *rows, size_t i);

/* Return the row's name, escaped as in JSON, without quotes. */
const char *at_rows_id(const struct at_rows *rows, const struct at_row *row);

/* Return the name of the program that an execution runs; "unknown" if it is. A forked copy runs the
   program of its parent. */
const char *at_rows_program(const struct at_rows *rows, const struct at_execution *execution);

/* Map `size` bytes of the table's file at the offset `where`. Return NULL if `size` is 0 or the
   bytes cannot be mapped. The bytes stay mapped until the process ends. */
const void *at_rows_text(const struct at_rows *rows, uint64_t where, uint64_t size);

void at_rows_free(struct at_rows *rows);

#endif
