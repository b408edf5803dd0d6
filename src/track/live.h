/* SPDX-License-Identifier: MIT */
/*
 * The table of live blocks, by address: open addressing, in pages from the kernel. All functions
 * except at_live_expect() need the tracker's lock.
 */
#ifndef AT_TRACK_LIVE_H
#define AT_TRACK_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/site.h"

struct at_block {
    uintptr_t address;               /* 0 in an empty slot */
    size_t size;                     /* requested bytes */
    const struct at_call_site *site; /* NULL if no region wanted the stack */
    uint64_t
        sequence;    /* number of the event that allocated it; grows as long as the process runs */
    uint64_t permit; /* as in struct at_event */
    uint32_t thread; /* serial number of the thread that allocated it */
    bool counted;    /* for the user's code */
};

/* Prefetch the slot of `address`. Another thread may be changing the table: then the prefetch has
   no use, and does no harm. Needs no lock. */
void at_live_expect(uintptr_t address);

/* Return the slot in which the caller must write the record of a block at `address`, or NULL if the
   kernel refuses memory. A record that the slot holds already is copied to `*replaced`; otherwise
   `replaced->address` is 0. The slot is valid until the next call. */
struct at_block *at_live_put(uintptr_t address, struct at_block *replaced);

/* Remove the record of the block at `address` and copy it to `*block`. Return false if there is
   none, or if the block is younger than event `sequence`. */
bool at_live_take(uintptr_t address, uint64_t sequence, struct at_block *block);

/* Return the record of the block at `address`, or NULL. It is valid until the next call. */
const struct at_block *at_live_find(uintptr_t address);

/* Remove all records and release the memory. */
void at_live_clear(void);

/* Call `visit` for each record, in no particular order. */
void at_live_each(void (*visit)(const struct at_block *block, void *arg), void *arg);

#endif
