/* SPDX-License-Identifier: MIT */
/*
 * The live blocks, by address: an open-addressing table in pages of our own.
 * Every function but at_live_expect() is called with the tracker's lock held.
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
    const struct at_call_site *site; /* NULL where nobody wanted the stack */
    uint64_t sequence; /* of the event that made it; grows over the life of the process */
    uint64_t permit;   /* as the event's */
    uint32_t thread;   /* serial of the thread that allocated it */
    bool counted;      /* to the user's code */
};

/* Has the processor fetch the place of the record of `address` in the meantime. What it reads of
   the table may be out of date: then it fetches in vain. */
void at_live_expect(uintptr_t address);

/* Return the slot in which the caller must write the record of a block at `address`, or NULL if the
   kernel refuses memory. A record that the slot holds already is copied to `*replaced`; otherwise
   `replaced->address` is 0. The slot is valid until the next call. */
struct at_block *at_live_put(uintptr_t address, struct at_block *replaced);

/* Removes the block at `address`, unless it is younger than `sequence`, and copies it to `*block`.
 */
bool at_live_take(uintptr_t address, uint64_t sequence, struct at_block *block);

/* Return the block at `address`, or NULL. Valid until the next call. */
const struct at_block *at_live_find(uintptr_t address);

/* Forgets every block and releases the memory. */
void at_live_clear(void);

/* Calls `visit` for each block, in no order. */
void at_live_each(void (*visit)(const struct at_block *block, void *arg), void *arg);

#endif
