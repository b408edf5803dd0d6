/* SPDX-License-Identifier: MIT */
/* The program that `run` measures: its path, and whether it can be measured. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/*
 * Find the program `name`, as a shell does, and write its path to `path`. Return -1, or print the
 * reason and return an exit status: 127 if there is no such program, 126 if it cannot be executed,
 * CLI_BAD if it cannot be measured. With `any`, it need not be measurable.
 */
int cli_program_find(const char *name, bool any, char path[PATH_MAX]);

#endif
