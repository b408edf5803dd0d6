/* SPDX-License-Identifier: MIT */
/*
 * A region that one process measured, as bytes from which another process can report it.
 *
 * The process that measures writes its metrics, its call sites as addresses, and the objects that
 * the addresses lie in. It makes no system call for that and asks for no memory, so it can do so
 * whatever has become of it. The other process, in which files can be opened, looks up the names.
 */
#ifndef AT_RESULTS_HANDOVER_H
#define AT_RESULTS_HANDOVER_H

#include "base/area.h"
#include "track/region.h"

/* Write the region, as it is now, to the area, and return where that is in the file and how long.
   The leaks of its call sites are found if it is open. Return false if the area is full, and write
   nothing then. Not in a signal handler that interrupted the tracker. */
bool at_handover_write(struct at_area *area, struct at_region *region, uint64_t *where,
                       uint64_t *size);

/* Make a region, ended, of these bytes, which are another process's and may be damaged. Its call
   sites are those of foreign objects (attribution/foreign.h); the reason why it is not observed
   stays in the bytes. NULL if the bytes are damaged, or there is no memory. Release it with
   at_handover_free(). */
struct at_region *at_handover_read(const void *bytes, uint64_t size);
void at_handover_free(struct at_region *region);

#endif
