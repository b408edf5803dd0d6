/* SPDX-License-Identifier: MIT */
/* See state.h. */
#include "shared/state.h"

#include <string.h>

const char cri_alloc_budget_tag[] = "alloc_tracker budget";

struct criterion_alloc_entry *criterion_alloc_shared_entry(struct criterion_alloc_shared *shared,
                                                           uint32_t index)
{
    void *entries = (char *) shared + shared->entries;
    return (struct criterion_alloc_entry *) entries + index;
}

struct criterion_alloc_worker_slot *
criterion_alloc_shared_worker_slot(struct criterion_alloc_shared *shared, uint32_t index)
{
    void *worker_slots = (char *) shared + shared->worker_slots;
    return (struct criterion_alloc_worker_slot *) worker_slots + index;
}

struct criterion_alloc_suppression *
criterion_alloc_shared_suppression(struct criterion_alloc_shared *shared, uint32_t index)
{
    void *suppressions = (char *) shared + shared->suppressions;
    return (struct criterion_alloc_suppression *) suppressions + index;
}

const char *criterion_alloc_shared_string(const struct criterion_alloc_shared *shared,
                                          uint32_t offset)
{
    return (const char *) shared + shared->strings + offset;
}

uint32_t *criterion_alloc_shared_hashes(struct criterion_alloc_shared *shared)
{
    return (uint32_t *) ((char *) shared + shared->hashes);
}

/* The hash is FNV-1a over both names, each with its final zero byte. */
uint32_t criterion_alloc_shared_hash(const char *suite, const char *name)
{
    uint32_t hash = 2166136261u;
    const char *const strings[] = { suite, name };
    for (size_t i = 0; i < 2; i++)
        for (const char *at = strings[i];; at++) {
            hash = (hash ^ (unsigned char) *at) * 16777619u;
            if (!*at)
                break;
        }
    return hash;
}

uint32_t criterion_alloc_shared_find(struct criterion_alloc_shared *shared, const char *suite,
                                     const char *name)
{
    const uint32_t *hashes = criterion_alloc_shared_hashes(shared);
    uint32_t hash = criterion_alloc_shared_hash(suite, name), i = 0;
    for (; i < shared->n_entries; i++) {
        if (hashes[i] != hash)
            continue;
        const struct criterion_alloc_entry *entry = criterion_alloc_shared_entry(shared, i);
        if (strcmp(criterion_alloc_shared_string(shared, entry->name), name) == 0
            && strcmp(criterion_alloc_shared_string(shared, entry->suite), suite) == 0)
            break;
    }
    return i;
}
