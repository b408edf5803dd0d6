/* SPDX-License-Identifier: MIT */
/*
 * A test suite among the processes of a run. The plugin writes the results of its tests to a file;
 * they become the text of its execution.
 */
#ifndef AT_PRELOAD_SUITE_H
#define AT_PRELOAD_SUITE_H

#include "preload/execution_table.h"

/* In an execution's text, for each test: this, followed by the id as it is between the quotes of
   JSON, and by the other members up to the closing brace. */
struct at_suite_test {
    uint64_t id_size;
    uint64_t members_size;
};

/* Move the results in the file `path` to the area, and remove the file. A suite that is the run's
   root also gives the run its environment, because the plugin knows more of it. Return false, with
   errno set, if that fails. */
bool at_suite_read(struct at_execution_table *table, struct at_area *area,
                   struct at_execution *execution, const char *path);

#endif
