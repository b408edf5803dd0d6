/* SPDX-License-Identifier: MIT */
/*
 * A test suite among the processes of a run. The plugin writes the results of the tests to a file.
 * This file becomes the text of the suite's execution.
 */
#ifndef AT_PRELOAD_SUITE_H
#define AT_PRELOAD_SUITE_H

#include "preload/execution_table.h"

/* The head of a test in the text of a suite. Two strings follow, without NUL: the id, escaped as in
   JSON, and the other members up to the closing brace. */
struct at_suite_test {
    uint64_t id_size; /* bytes */
    uint64_t members_size;
};

/* Move the results in the file `path` to the area, and remove the file. If the suite is the root,
   its environment becomes that of the run, because the plugin knows more of it. Return false with
   errno set on failure. */
bool at_suite_read(struct at_execution_table *table, struct at_area *area,
                   struct at_execution *execution, const char *path);

#endif
