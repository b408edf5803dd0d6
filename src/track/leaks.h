/* SPDX-License-Identifier: MIT */
/*
 * The leaks of a region, found among the live blocks. Called with the tracker's lock held.
 */
#ifndef AT_TRACK_LEAKS_H
#define AT_TRACK_LEAKS_H

#include "track/region.h"

/* Add the leaks of `region` to the statistics of its sites. */
void at_leaks_find(struct at_region *region);

/* Subtract from the leaks in `usage` the buffers of stdin, stdout and stderr. A buffer is counted
   when it is allocated, and only at the end it is known whose it is. */
void at_leaks_forgive_buffers(const struct at_region *region, struct at_usage *usage);

#endif
