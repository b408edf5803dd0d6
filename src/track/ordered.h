/* SPDX-License-Identifier: MIT */
/*
 * The variables that every event writes, with the tracker's lock held. They are in one cache line,
 * so only this line moves between the processors of competing threads.
 */
#ifndef AT_TRACK_ORDERED_H
#define AT_TRACK_ORDERED_H

#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

struct at_ordered {
    struct at_lock lock;
    uint64_t last_sequence; /* atomic */
    size_t n_blocks;        /* in the table of live blocks */
} __attribute__((aligned(64)));

extern struct at_ordered at_ordered;

#endif
