/* SPDX-License-Identifier: MIT */
/*
 * The site statistics of one region: for each call site what the region has recorded there, in the
 * order in which the sites first appeared. An array and a hash index over it, both in pages from
 * the kernel, which are allocated when the first site appears. Changed only with the tracker's lock
 * held.
 *
 * The live blocks of a site at the region's peak are saved late. A new peak only increments the
 * region's number of peaks. The first change of a site after a peak saves the site's live blocks.
 * A site without such a change has the same live blocks as at the peak.
 */
#ifndef AT_TRACK_SITE_STATS_H
#define AT_TRACK_SITE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/site.h"

/* Blocks of one call site, and the sum of their requested sizes. */
struct at_site_part {
    uint64_t count;
    uint64_t bytes;
};

/* An event needs the first cache line. The first change after a peak also needs the second. */
struct at_site_stats {
    const struct at_call_site *site; /* NULL: blocks that have no call site in the region */
    uint64_t count;                  /* events at this site */
    uint64_t bytes;                  /* requested by these events in total */
    uint64_t min_bytes;              /* smallest and largest request */
    uint64_t max_bytes;
    uint64_t live_count; /* blocks of the region from this site that are live now */
    uint64_t live_bytes;
    uint64_t saved_at;         /* the region's number of peaks when `saved` was written */
    struct at_site_part saved; /* the live blocks before the first change after that peak */
    uint64_t reallocs;         /* how many of the events reallocated a block */
    uint64_t leaks;            /* blocks from this site that are live when the region ends */
    uint64_t leaked_bytes;
    uint64_t buffers; /* live blocks that are buffers of the standard streams */
} __attribute__((aligned(64)));

struct at_site_stats_table {
    struct at_site_stats *sites;
    size_t n_sites;
    uint32_t *index; /* 1 + position in `sites`, 0 for an empty slot */
    size_t capacity; /* of `sites`; the index has twice as many slots */
    uint32_t hint;   /* number of the hint that this table uses in each call site */
    bool full;       /* the kernel refused memory: no site is added any more */
};

/* Allocate the memory that the first site needs. */
void at_site_stats_table_prepare(struct at_site_stats_table *table);

/* Return the statistics of `site`, or NULL if there are none. The pointer is valid until a site is
   added. */
struct at_site_stats *at_site_stats_table_search(const struct at_site_stats_table *table,
                                                 const struct at_call_site *site);

/* As at_site_stats_table_search(), but add the statistics if they are missing. Return NULL if they
   are missing and the kernel refuses memory, then or earlier. */
struct at_site_stats *at_site_stats_table_search_or_add(struct at_site_stats_table *table,
                                                        const struct at_call_site *site);

/* Return the statistics of `site` if they are at the site's hint for this table, else NULL. */
static inline struct at_site_stats *at_site_stats_try_hint(const struct at_site_stats_table *table,
                                                           const struct at_call_site *site)
{
    size_t position = site->stats_hints[table->hint];
    bool hit = position < table->n_sites && table->sites[position].site == site;
    return __builtin_expect(hit, 1) ? &table->sites[position] : NULL;
}

/* As the two functions above, without a call if the hint is right. */
static inline struct at_site_stats *
at_site_stats_table_find(const struct at_site_stats_table *table, const struct at_call_site *site)
{
    struct at_site_stats *found = at_site_stats_try_hint(table, site);
    return found ? found : at_site_stats_table_search(table, site);
}

static inline struct at_site_stats *at_site_stats_table_get(struct at_site_stats_table *table,
                                                            const struct at_call_site *site)
{
    struct at_site_stats *found = at_site_stats_try_hint(table, site);
    return found ? found : at_site_stats_table_search_or_add(table, site);
}

/* Save the live blocks of the site if they are those of the last peak. Call this before each change
   of the live blocks. `n_peaks` is the region's number of peaks. */
static inline void at_site_stats_save(struct at_site_stats *stats, uint64_t n_peaks)
{
    if (stats->saved_at == n_peaks)
        return;
    stats->saved_at = n_peaks;
    stats->saved = (struct at_site_part){ stats->live_count, stats->live_bytes };
}

/* Return the blocks of the site that were live at the last peak. */
static inline struct at_site_part at_site_stats_at_peak(const struct at_site_stats *stats,
                                                        uint64_t n_peaks)
{
    if (stats->saved_at == n_peaks)
        return stats->saved;
    return (struct at_site_part){ stats->live_count, stats->live_bytes };
}

/* Remove all sites. A small table keeps its memory for the next region. */
void at_site_stats_table_empty(struct at_site_stats_table *table);

#endif
