/* SPDX-License-Identifier: MIT */
/*
 * The rows of a run's results: one for each execution that has ended, and one for each test of a
 * suite among them; by name, and those of one name by their figures.
 */
#ifndef AT_PRELOAD_ROWS_H
#define AT_PRELOAD_ROWS_H

#include "base/intern.h"
#include "preload/execution_table.h"

struct at_row {
    const struct at_execution *execution;
    size_t id;        /* where its name begins in `ids` */
    const char *test; /* the result of a suite's test, from behind its id to its closing brace; NULL
                         for a program */
    size_t test_size;
};

/* To be set up with the first three members; at_rows_free() takes back the rest. */
struct at_rows {
    const struct at_execution_table *table;
    int fd; /* of its file */
    uint64_t size;
    struct at_text ids;  /* as JSON has them, each with its NUL */
    struct at_text rows; /* struct at_row */
    size_t n;
    struct at_intern suites; /* their names, so that one that runs twice is told apart */
    struct at_text n_runs;   /* uint32_t, by number of suite */
    uint32_t n_running;      /* executions that have not ended */
    uint32_t n_tests;
    bool failed; /* no memory */
};

void at_rows_collect(struct at_rows *rows);
const struct at_row *at_rows_get(const struct at_rows *rows, size_t i);

/* The row's name, as it stands between the quotes of JSON. */
const char *at_rows_id(const struct at_rows *rows, const struct at_row *row);

/* What an execution told, or NULL where there is nothing, or it cannot be read. Valid as long as
   the process lives. */
const void *at_rows_text(const struct at_rows *rows, uint64_t where, uint64_t size);

void at_rows_free(struct at_rows *rows);

#endif
