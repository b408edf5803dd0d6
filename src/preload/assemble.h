/* SPDX-License-Identifier: MIT */
/*
 * The results file of a whole run (docs/results.schema.json), from what its processes told.
 *
 * A process is known by the names of those that started it and its own, as in gcc/collect2/ld.
 * Those of one such name are numbered by their figures, the smallest first, because the order in
 * which they ran may differ from run to run.
 */
#ifndef AT_PRELOAD_ASSEMBLE_H
#define AT_PRELOAD_ASSEMBLE_H

#include "preload/execution_table.h"

struct at_outcome {
    uint32_t n_measured;   /* executions with figures */
    uint32_t n_tests;      /* of suites */
    uint32_t n_unobserved; /* or whose figures or call sites are not all there: see notes */
    uint32_t n_running;    /* processes that have not ended: they are in no result yet */
    struct at_usage usage; /* sums over the measured executions; peak is the largest one */
    struct at_text notes;  /* one line for each that is counted in n_unobserved */
};

/*
 * Writes the results file that the table names, as a whole, and removes the table once nobody is
 * left who writes to it. False with errno set where the file could not be written; it stands as it
 * was then, and the table too. The caller frees `outcome->notes`. Uses no malloc.
 */
bool at_assemble(struct at_execution_table *table, const char *path, struct at_outcome *outcome);

#endif
