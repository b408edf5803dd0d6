/* SPDX-License-Identifier: MIT */
/*
 * A region that one process measured, as bytes from which another process reports it.
 *
 * The measuring process writes the usage, the call sites as addresses, and the objects that contain
 * the addresses. It makes no system call and allocates nothing, so it can write even after it has
 * given up its rights, its root directory or its memory. The other process looks up the names.
 */
#ifndef AT_RESULTS_HANDOVER_H
#define AT_RESULTS_HANDOVER_H

#include "base/area.h"
#include "track/region.h"

/* Write the region in its current state to the area; store its position in the file and its size in
   bytes. The leaks of an open region are found first. Return false, and write nothing, if the area
   is full. Must not be called in a signal handler that interrupted the tracker. */
bool at_handover_write(struct at_area *area, struct at_region *region, uint64_t *where,
                       uint64_t *size);

/* Return an ended region that is made of these bytes; NULL if the bytes are damaged or there is no
   memory. Its call sites are in foreign objects (attribution/foreign.h). Its reason for being
   unobserved points into the bytes. Release it with at_handover_free(). */
struct at_region *at_handover_read(const void *bytes, uint64_t size);
void at_handover_free(struct at_region *region);

#endif
