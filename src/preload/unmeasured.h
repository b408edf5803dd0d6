/* SPDX-License-Identifier: MIT */
/* The results of a program that was not measured because of ALLOC_TRACKER=off. */
#ifndef AT_PRELOAD_UNMEASURED_H
#define AT_PRELOAD_UNMEASURED_H

#include <stdbool.h>

/*
 * Write results without usage to the file `path`, so that no older results remain there. Their
 * readers refuse them. `program` is the path or the name of the program. Return false with errno
 * set on failure. Uses no malloc.
 */
bool at_unmeasured_write(const char *path, const char *program, const char *reason);

/*
 * Read ALLOC_TRACKER in `environment`, in a preloaded program whose results are to go to the file
 * `path`. If it is off, or invalid, print the reason, write such results and return true. Keeps
 * errno.
 */
bool at_unmeasured_begin(char *const environment[], const char *path, const char *program);

#endif
