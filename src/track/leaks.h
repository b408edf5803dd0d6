/* SPDX-License-Identifier: MIT */
/*
 * The leaks of a region, found in the table of live blocks. Needs the tracker's lock.
 */
#ifndef AT_TRACK_LEAKS_H
#define AT_TRACK_LEAKS_H

#include "track/region.h"

/* Add the leaks of `region` to the statistics of its sites. */
void at_leaks_find(struct at_region *region);

/* Subtract the buffers of stdin, stdout and stderr from the leaks in `usage`. A stream's buffer is
   counted when it is allocated; which stream has it is known only at the end. */
void at_leaks_subtract_buffers(const struct at_region *region, struct at_usage *usage);

/* Set the number of live blocks of each site that are buffers of stdin, stdout and stderr. */
void at_leaks_find_buffers(struct at_region *region);

#endif
