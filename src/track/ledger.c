/* SPDX-License-Identifier: MIT */
/* See ledger.h. */
#include "track/ledger.h"

#include <string.h>

#include "base/pages.h"

enum { FIRST_CAPACITY = 64 }; /* a power of two, as every later one */

static uint32_t *probe(const struct at_ledger *ledger, const struct at_call_site *site)
{
    size_t mask = ledger->capacity * 2 - 1;
    for (size_t i = (size_t) site->hash;; i++) {
        uint32_t *slot = &ledger->index[i & mask];
        if (*slot == 0 || ledger->entries[*slot - 1].site == site)
            return slot;
    }
}

static bool reserve(struct at_ledger *fresh, size_t capacity)
{
    *fresh = (struct at_ledger){ .capacity = capacity };
    fresh->entries = at_pages_new(capacity * sizeof *fresh->entries);
    fresh->index = at_pages_new(capacity * 2 * sizeof *fresh->index);
    if (fresh->entries && fresh->index)
        return true;
    at_ledger_free(fresh);
    return false;
}

static bool grow(struct at_ledger *ledger)
{
    struct at_ledger bigger;
    if (!reserve(&bigger, ledger->capacity ? ledger->capacity * 2 : FIRST_CAPACITY))
        return false;
    bigger.n_entries = ledger->n_entries;
    if (ledger->n_entries)
        memcpy(bigger.entries, ledger->entries, ledger->n_entries * sizeof *ledger->entries);
    for (size_t i = 0; i < bigger.n_entries; i++)
        *probe(&bigger, bigger.entries[i].site) = (uint32_t) i + 1;
    at_ledger_free(ledger);
    *ledger = bigger;
    return true;
}

void at_ledger_prepare(struct at_ledger *ledger)
{
    if (ledger->capacity == 0)
        grow(ledger);
}

struct at_entry *at_ledger_get(struct at_ledger *ledger, const struct at_call_site *site)
{
    if (site->entry < ledger->n_entries && ledger->entries[site->entry].site == site)
        return &ledger->entries[site->entry];
    if (ledger->n_entries == ledger->capacity && !grow(ledger))
        return NULL;
    uint32_t *slot = probe(ledger, site);
    if (*slot == 0) {
        ledger->entries[ledger->n_entries] =
            (struct at_entry){ .site = site, .min_bytes = UINT64_MAX };
        *slot = (uint32_t) ++ledger->n_entries;
    }
    /* Most often one region is open, and its ledger the only one that asks. */
    ((struct at_call_site *) site)->entry = *slot - 1;
    return &ledger->entries[*slot - 1];
}

void at_ledger_empty(struct at_ledger *ledger)
{
    if (ledger->capacity > FIRST_CAPACITY) {
        at_ledger_free(ledger);
        return;
    }
    if (ledger->n_entries)
        memset(ledger->index, 0, ledger->capacity * 2 * sizeof *ledger->index);
    ledger->n_entries = 0;
}

void at_ledger_free(struct at_ledger *ledger)
{
    at_pages_free(ledger->entries, ledger->capacity * sizeof *ledger->entries);
    at_pages_free(ledger->index, ledger->capacity * 2 * sizeof *ledger->index);
    *ledger = (struct at_ledger){ 0 };
}
