/* SPDX-License-Identifier: MIT */
/*
 * The results file of a whole run (docs/results.schema.json), made from the table of executions.
 *
 * The name of an execution consists of the names of its ancestors and its own, as in
 * gcc/collect2/ld. Executions of the same name get a number in the order of their usage, smallest
 * first, because the order in which they run may differ from run to run.
 */
#ifndef AT_PRELOAD_ASSEMBLE_H
#define AT_PRELOAD_ASSEMBLE_H

#include "preload/execution_table.h"

/* A summary of the results. */
struct at_outcome {
    uint32_t n_measured;   /* executions with usage */
    uint32_t n_tests;      /* tests of suites */
    uint32_t n_unobserved; /* executions without complete usage and call sites: see notes */
    uint32_t n_running;    /* processes that have not ended, and are in no result yet */
    struct at_usage usage; /* sums over the measured executions; the peak is the largest one */
    struct at_text notes;  /* one line for each execution in n_unobserved */
};

/*
 * Write the results file `table->results`. Remove the table's file `path` if no process can write
 * to it any more. Return false with errno set on failure: then the results file and the table's
 * file are unchanged. The caller frees `outcome->notes`. Uses no malloc.
 */
bool at_assemble(struct at_execution_table *table, const char *path, struct at_outcome *outcome);

#endif
