/* SPDX-License-Identifier: MIT */
/*
 * A test suite among the processes of a run: the results file that the plugin wrote for it
 * becomes the text of its execution, a line for each test.
 */
#ifndef AT_PRELOAD_SUITE_H
#define AT_PRELOAD_SUITE_H

#include "preload/execution_table.h"

/* Moves the results of `path`, which is removed, into the area. A suite that is the run's root
   gives the run its environment too, for the plugin knows more of it. False with errno set. */
bool at_suite_read(struct at_execution_table *table, struct at_area *area,
                   struct at_execution *execution, const char *path);

#endif
