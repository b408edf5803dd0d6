/* SPDX-License-Identifier: MIT */
/*
 * The site statistics of one region: for each call site what the region has recorded there, in the
 * order in which the sites first appeared. An array and a hash index over it, both in pages from
 * the kernel, which are allocated when the first site appears. Changed only with the tracker's lock
 * held.
 */
#ifndef AT_TRACK_SITE_STATS_H
#define AT_TRACK_SITE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/site.h"

struct at_site_stats {
    const struct at_call_site *site;
    uint64_t count;     /* events at this site */
    uint64_t bytes;     /* requested by these events in total */
    uint64_t min_bytes; /* smallest and largest request */
    uint64_t max_bytes;
    uint64_t leaks; /* blocks from this site that are live when the region ends */
    uint64_t leaked_bytes;
} __attribute__((aligned(64))); /* a cache line */

struct at_site_stats_table {
    struct at_site_stats *sites;
    uint32_t *index; /* 1 + position in `sites`, 0 for an empty slot */
    size_t n_sites;
    size_t capacity; /* of `sites`; the index has twice as many slots */
};

/* Allocate the memory that the first site needs. */
void at_site_stats_table_prepare(struct at_site_stats_table *table);

/* Return the statistics of `site`, which are added if they are missing. NULL if the kernel refuses
   memory. The pointer is valid until the next call. */
struct at_site_stats *at_site_stats_table_get(struct at_site_stats_table *table,
                                              const struct at_call_site *site);

/* Remove all sites. A small table keeps its memory for the next region. */
void at_site_stats_table_empty(struct at_site_stats_table *table);

#endif
