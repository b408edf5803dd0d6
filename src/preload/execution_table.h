/* SPDX-License-Identifier: MIT */
/*
 * What the processes of one run tell about themselves: a file that each of them maps.
 *
 * A process is a row of executions: what it executes from its start, or from a fork, up to its end
 * or to an exec, which replaces it. An execution takes one row of the file's table and keeps its
 * figures there as they grow, so that whatever ends it, a SIGKILL included, they stand. Behind the
 * table each row has an area, which a process maps at its start (see base/area.h): its call sites
 * follow there when it ends, as addresses (see results/handover.h), and those of its forked
 * children too. Rows are handed out by an atomic counter: nobody waits for anybody, and nobody
 * opens, writes or grows a file after its start. The file is sparse: it takes as much of the disk
 * as is used of it.
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
    AT_EXECUTION_VOID = 0,   /* nothing was to come after all */
    AT_EXECUTION_EXPECTED,   /* its parent has started it, it has not said a word yet */
    AT_EXECUTION_RUNNING,    /* or ended by a signal, or otherwise unseen */
    AT_EXECUTION_EXITED,     /* with `status` */
    AT_EXECUTION_REPLACED,   /* by an exec; an execution with the same pid follows */
    AT_EXECUTION_UNOBSERVED, /* its text is the reason */
};

struct at_execution {
    uint32_t state;   /* atomic: enum at_execution_state */
    uint32_t parent;  /* 1 + the row of the execution that started this one, 0 for none */
    uint32_t suite;   /* of tests: its text has the results of each test, see suite.h */
    uint32_t copied;  /* by a fork: it goes by its parent's name */
    uint32_t spawned; /* any other execution with its pid is what became of it */
    uint32_t no_text; /* its text could not be written */
    int32_t pid;      /* 0 until it is known */
    int32_t status;
    uint64_t text; /* where in the file its call sites are (a suite's: the text of its tests; of an
                      execution that is not observed: why), and how long that is; 0 for none */
    uint64_t text_size;
    uint64_t reason; /* of a suite whose tests could not be observed: the same for the reason */
    uint64_t reason_size;
    struct at_usage usage;
    char name[AT_EXECUTION_NAME];
};

struct at_execution_table {
    uint64_t magic;
    uint64_t size;           /* of the table: the areas follow */
    uint64_t area_size;      /* of each row's area */
    uint32_t max_executions; /* rows of the table */
    uint64_t environment;    /* the root's fingerprint */
    uint64_t environment_size;
    uint32_t n_executions; /* atomic; may exceed max_executions by those that found no row */
    uint32_t supervised;   /* `alloc-tracker run` writes the results when the root has ended */
    uint32_t root_ended; /* atomic: the results are written, whoever ends later writes them again */
    int32_t root_signal; /* that ended it, as the supervisor saw */
    char results[PATH_MAX]; /* absolute */
    struct at_execution executions[];
};

/* Make the file `path`, for results to be written to `results`, as large as the file system and the
   limit on the size of files allow. NULL with errno set; EFBIG where the limit is too small. */
struct at_execution_table *at_execution_table_new(const char *path, const char *results);

/* Map it; NULL with errno set. */
struct at_execution_table *at_execution_table_open(const char *path);

/* Map the area of a row. Return false with errno set. */
bool at_execution_table_map_area(const struct at_execution_table *table, const char *path,
                                 const struct at_execution *execution, struct at_area *area);

/* How many rows were handed out. */
uint32_t at_execution_table_count(const struct at_execution_table *table);

/* A row of one's own, AT_EXECUTION_EXPECTED, or NULL when all are taken. */
struct at_execution *at_execution_table_add(struct at_execution_table *table,
                                            const struct at_execution *parent, int32_t pid);

/* The latest execution with this pid, or NULL. */
struct at_execution *at_execution_table_find(struct at_execution_table *table, int32_t pid);

/* Append text to an area. Return false if the text is cut, or the area is full. */
bool at_execution_append(struct at_area *area, const struct at_text *text, uint64_t *where,
                         uint64_t *size);

void at_execution_set_state(struct at_execution *execution, enum at_execution_state state);
enum at_execution_state at_execution_state(const struct at_execution *execution);
void at_execution_set_name(struct at_execution *execution, const char *path);

#endif
