/* SPDX-License-Identifier: MIT */
/*
 * What one region has seen at each call site, in order of first appearance: an array of entries and
 * a hash index over it, both in pages of our own and absent until something was seen.
 * Written with the tracker's lock held.
 */
#ifndef AT_TRACK_SITE_STATS_H
#define AT_TRACK_SITE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/site.h"

struct at_site_stats {
    const struct at_call_site *site;
    uint64_t count; /* events from here */
    uint64_t bytes; /* requested by them, in total, smallest and largest */
    uint64_t min_bytes;
    uint64_t max_bytes;
    uint64_t leaks; /* blocks from here that are live at the end of the region */
    uint64_t leaked_bytes;
} __attribute__((aligned(64))); /* a cache line */

struct at_site_stats_table {
    struct at_site_stats *entries;
    uint32_t *index; /* 1 + position in `entries`, 0 for an empty slot */
    size_t n_entries;
    size_t capacity; /* of entries; the index has twice as many slots */
};

/* Ask for the memory that the first entry needs. */
void at_site_stats_table_prepare(struct at_site_stats_table *table);

/* The entry of `site`, made if need be; NULL where the kernel refused memory. */
struct at_site_stats *at_site_stats_table_get(struct at_site_stats_table *table,
                                              const struct at_call_site *site);

/* Forget all entries. The table keeps the memory of a small one, so that the next region needs
 * none. */
void at_site_stats_table_empty(struct at_site_stats_table *table);

void at_site_stats_table_free(struct at_site_stats_table *table);

#endif
