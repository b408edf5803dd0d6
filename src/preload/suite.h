/* SPDX-License-Identifier: MIT */
/*
 * A test suite among the processes of a run: the results file that the plugin wrote for it
 * becomes the text of its image, a line for each test.
 */
#ifndef AT_PRELOAD_SUITE_H
#define AT_PRELOAD_SUITE_H

#include "preload/spool.h"

/* Moves the results of `path`, which is removed, into the area. A suite that is the run's root
   gives the run its environment too, for the plugin knows more of it. False with errno set. */
bool at_suite_read(struct at_spool *spool, struct at_area *area, struct at_execution *image,
                   const char *path);

#endif
