/* SPDX-License-Identifier: MIT */
/* See site_stats.h. */
#include "track/site_stats.h"

#include <string.h>

#include "base/pages.h"

enum { FIRST_CAPACITY = 64 }; /* a power of two, as every later one */

static uint32_t *probe(const struct at_site_stats_table *table, const struct at_call_site *site)
{
    size_t mask = table->capacity * 2 - 1;
    for (size_t i = (size_t) site->hash;; i++) {
        uint32_t *slot = &table->index[i & mask];
        if (*slot == 0 || table->entries[*slot - 1].site == site)
            return slot;
    }
}

static bool reserve(struct at_site_stats_table *fresh, size_t capacity)
{
    *fresh = (struct at_site_stats_table){ .capacity = capacity };
    fresh->entries = at_pages_new(capacity * sizeof *fresh->entries);
    fresh->index = at_pages_new(capacity * 2 * sizeof *fresh->index);
    if (fresh->entries && fresh->index)
        return true;
    at_site_stats_table_free(fresh);
    return false;
}

static bool grow(struct at_site_stats_table *table)
{
    struct at_site_stats_table bigger;
    if (!reserve(&bigger, table->capacity ? table->capacity * 2 : FIRST_CAPACITY))
        return false;
    bigger.n_entries = table->n_entries;
    if (table->n_entries)
        memcpy(bigger.entries, table->entries, table->n_entries * sizeof *table->entries);
    for (size_t i = 0; i < bigger.n_entries; i++)
        *probe(&bigger, bigger.entries[i].site) = (uint32_t) i + 1;
    at_site_stats_table_free(table);
    *table = bigger;
    return true;
}

void at_site_stats_table_prepare(struct at_site_stats_table *table)
{
    if (table->capacity == 0)
        grow(table);
}

struct at_site_stats *at_site_stats_table_get(struct at_site_stats_table *table,
                                              const struct at_call_site *site)
{
    if (site->entry < table->n_entries && table->entries[site->entry].site == site)
        return &table->entries[site->entry];
    if (table->n_entries == table->capacity && !grow(table))
        return NULL;
    uint32_t *slot = probe(table, site);
    if (*slot == 0) {
        table->entries[table->n_entries] =
            (struct at_site_stats){ .site = site, .min_bytes = UINT64_MAX };
        *slot = (uint32_t) ++table->n_entries;
    }
    /* Most often one region is open, and its table the only one that asks. */
    ((struct at_call_site *) site)->entry = *slot - 1;
    return &table->entries[*slot - 1];
}

void at_site_stats_table_empty(struct at_site_stats_table *table)
{
    if (table->capacity > FIRST_CAPACITY) {
        at_site_stats_table_free(table);
        return;
    }
    if (table->n_entries)
        memset(table->index, 0, table->capacity * 2 * sizeof *table->index);
    table->n_entries = 0;
}

void at_site_stats_table_free(struct at_site_stats_table *table)
{
    at_pages_free(table->entries, table->capacity * sizeof *table->entries);
    at_pages_free(table->index, table->capacity * 2 * sizeof *table->index);
    *table = (struct at_site_stats_table){ 0 };
}
