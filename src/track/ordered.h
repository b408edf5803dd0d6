/* SPDX-License-Identifier: MIT */
/*
 * What every event writes, with the tracker's lock held: in one cache line, so that threads that
 * meet hand each other no more than that.
 */
#ifndef AT_TRACK_ORDERED_H
#define AT_TRACK_ORDERED_H

#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

struct at_ordered {
    struct at_lock lock;
    uint64_t last_sequence; /* atomic */
    size_t n_blocks;        /* in the table of live ones */
} __attribute__((aligned(64)));

extern struct at_ordered at_ordered;

#endif
