/* SPDX-License-Identifier: MIT */
/* See site_stats.h. */
#include "track/site_stats.h"

#include <string.h>

#include "base/pages.h"

enum { FIRST_CAPACITY = 64 }; /* a power of two, as every later one */

/* Return the slot of the index that has the site, or the empty one where it belongs. */
static uint32_t *find_slot(const struct at_site_stats_table *table, const struct at_call_site *site)
{
    size_t mask = table->capacity * 2 - 1;
    for (size_t i = (size_t) site->hash;; i++) {
        uint32_t *slot = &table->index[i & mask];
        if (*slot == 0 || table->sites[*slot - 1].site == site)
            return slot;
    }
}

static void free_table(struct at_site_stats_table *table)
{
    at_pages_free(table->sites, table->capacity * sizeof *table->sites);
    at_pages_free(table->index, table->capacity * 2 * sizeof *table->index);
    *table = (struct at_site_stats_table){ 0 };
}

static bool allocate_table(struct at_site_stats_table *fresh, size_t capacity)
{
    *fresh = (struct at_site_stats_table){ .capacity = capacity };
    fresh->sites = at_pages_new(capacity * sizeof *fresh->sites);
    fresh->index = at_pages_new(capacity * 2 * sizeof *fresh->index);
    if (fresh->sites && fresh->index)
        return true;
    free_table(fresh);
    return false;
}

static bool grow_table(struct at_site_stats_table *table)
{
    struct at_site_stats_table bigger;
    if (!allocate_table(&bigger, table->capacity ? table->capacity * 2 : FIRST_CAPACITY))
        return false;
    bigger.n_sites = table->n_sites;
    bigger.hint = table->hint;
    if (table->n_sites)
        memcpy(bigger.sites, table->sites, table->n_sites * sizeof *table->sites);
    for (size_t i = 0; i < bigger.n_sites; i++)
        *find_slot(&bigger, bigger.sites[i].site) = (uint32_t) i + 1;
    free_table(table);
    *table = bigger;
    return true;
}

void at_site_stats_table_prepare(struct at_site_stats_table *table)
{
    if (table->capacity == 0)
        grow_table(table);
}

static struct at_site_stats *use_slot(const struct at_site_stats_table *table, uint32_t slot,
                                      const struct at_call_site *site)
{
    ((struct at_call_site *) site)->stats_hints[table->hint] = slot - 1;
    return &table->sites[slot - 1];
}

struct at_site_stats *at_site_stats_table_search(const struct at_site_stats_table *table,
                                                 const struct at_call_site *site)
{
    uint32_t slot = table->capacity ? *find_slot(table, site) : 0;
    return slot ? use_slot(table, slot, site) : NULL;
}

struct at_site_stats *at_site_stats_table_search_or_add(struct at_site_stats_table *table,
                                                        const struct at_call_site *site)
{
    struct at_site_stats *found = at_site_stats_table_search(table, site);
    if (found || table->full)
        return found;
    table->full = table->n_sites == table->capacity && !grow_table(table);
    if (table->full)
        return NULL;
    table->sites[table->n_sites] = (struct at_site_stats){ .site = site, .min_bytes = UINT64_MAX };
    uint32_t *slot = find_slot(table, site);
    *slot = (uint32_t) ++table->n_sites;
    return use_slot(table, *slot, site);
}

void at_site_stats_table_empty(struct at_site_stats_table *table)
{
    table->full = false;
    if (table->capacity > FIRST_CAPACITY) {
        free_table(table);
        return;
    }
    if (table->n_sites)
        memset(table->index, 0, table->capacity * 2 * sizeof *table->index);
    table->n_sites = 0;
}
