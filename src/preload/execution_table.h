/* SPDX-License-Identifier: MIT */
/*
 * The executions of one run, in a file that each process of the run maps.
 *
 * An execution begins when a process starts, forks or calls exec, and lasts until the process ends
 * or calls exec. Each execution has a row in the table at the beginning of the file. The row
 * contains the execution's usage, which is updated at each event, so the usage is complete whatever
 * ends the process, SIGKILL included. An area of the file belongs to each row; the process maps the
 * area when it starts (base/area.h). When an execution ends, it appends its call sites to the area
 * of its process, as addresses (results/handover.h). A forked child uses the area of its parent.
 *
 * An atomic counter gives out the rows, so no process waits for another. After its start, no
 * process opens, writes or grows a file. The file is sparse: only used parts take space on the
 * disk.
 */
#ifndef AT_PRELOAD_EXECUTION_TABLE_H
#define AT_PRELOAD_EXECUTION_TABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "alloc_tracker/region.h"
#include "base/area.h"
#include "base/text.h"

enum { AT_EXECUTION_NAME = 128 };

enum at_execution_state {
    AT_EXECUTION_VOID = 0,   /* the execution never began: fork, exec or spawn failed */
    AT_EXECUTION_EXPECTED,   /* its parent has started it, and it has not written anything yet */
    AT_EXECUTION_RUNNING,    /* recording, or ended without notice, for example by a signal */
    AT_EXECUTION_EXITED,     /* ended with `status` */
    AT_EXECUTION_REPLACED,   /* ended by an exec; an execution with the same pid follows */
    AT_EXECUTION_UNOBSERVED, /* could not be observed; its text is the reason */
};

/* A row of the table. Offsets and sizes are bytes in the file; size 0 is no text. */
struct at_execution {
    uint32_t state;   /* atomic: enum at_execution_state */
    uint32_t parent;  /* 1 + the row of the execution that started this one, 0 for none */
    uint32_t suite;   /* bool: a test suite; its text has the results of each test, see suite.h */
    uint32_t copied;  /* bool: begun by a fork, so the name is that of its parent */
    uint32_t spawned; /* bool: begun by posix_spawn; another row with its pid continues it */
    uint32_t no_text; /* bool: the text did not fit */
    int32_t pid;      /* atomic; 0 until it is known */
    int32_t status;
    uint64_t text; /* call sites, results of a suite, or the reason of an unobserved execution */
    uint64_t text_size;
    uint64_t reason; /* why the tests of a suite could not be observed */
    uint64_t reason_size;
    struct at_usage usage;
    char name[AT_EXECUTION_NAME];
};

/* The beginning of the file. */
struct at_execution_table {
    uint64_t magic;
    uint64_t size;           /* bytes of the table, which the areas follow */
    uint64_t area_size;      /* bytes of each row's area */
    uint32_t max_executions; /* number of rows */
    uint64_t environment;    /* offset of the fingerprint of the root, the first process */
    uint64_t environment_size;
    uint32_t n_executions;  /* atomic: requested rows, which may exceed max_executions */
    uint32_t supervised;    /* bool: `alloc-tracker run` writes the results after the root's end */
    uint32_t root_ended;    /* atomic bool: the results are written, and again at each later end */
    int32_t root_signal;    /* the signal that ended the root, known to the supervisor only */
    char results[PATH_MAX]; /* absolute path of the results file */
    struct at_execution executions[];
};

/* Create the file `path`, for results that will be written to `results`, as large as the file
   system and the limit on the size of files allow. Return the mapped table; NULL with errno set on
   failure, EFBIG if the limit is too small. */
struct at_execution_table *at_execution_table_new(const char *path, const char *results);

/* Map the table of an existing file. Return NULL with errno set on failure. */
struct at_execution_table *at_execution_table_open(const char *path);

/* Map the area of a row. Return false with errno set on failure. */
bool at_execution_table_map_area(const struct at_execution_table *table, const char *path,
                                 const struct at_execution *execution, struct at_area *area);

/* Return the number of used rows. */
uint32_t at_execution_table_count(const struct at_execution_table *table);

/* Take a row, in the state AT_EXECUTION_EXPECTED. `parent` may be NULL, and `pid` 0. Return NULL if
   the table is full. Thread-safe; safe for several processes and in signal handlers. */
struct at_execution *at_execution_table_add(struct at_execution_table *table,
                                            const struct at_execution *parent, int32_t pid);

/* Return the latest execution of the process `pid`, or NULL. */
struct at_execution *at_execution_table_find(struct at_execution_table *table, int32_t pid);

/* Append `text` to an area, and store its offset and size. Return false if the text is truncated or
   the area is full. */
bool at_execution_append(struct at_area *area, const struct at_text *text, uint64_t *where,
                         uint64_t *size);

void at_execution_set_state(struct at_execution *execution, enum at_execution_state state);
enum at_execution_state at_execution_state(const struct at_execution *execution);

/* Store the last component of `path`, cut to AT_EXECUTION_NAME - 1 bytes, as the name. */
void at_execution_set_name(struct at_execution *execution, const char *path);

#endif
