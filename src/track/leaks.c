/* SPDX-License-Identifier: MIT */
/* See leaks.h. */
#include "track/leaks.h"

#include "attribution/runtime_owned.h"

struct search {
    struct at_region *region;
    uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS];
};

static bool may_be_buffer(const struct at_block *block)
{
    return block->site && block->site->runtime_owned == AT_RUNTIME_OWNED_AS_BUFFER;
}

static bool is_buffer(const struct at_block *block,
                      const uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS])
{
    size_t i = 0;
    while (i < AT_RUNTIME_OWNED_BUFFERS && buffers[i] != block->address)
        i++;
    return i < AT_RUNTIME_OWNED_BUFFERS && may_be_buffer(block);
}

static void count_leak(const struct at_block *block, void *arg)
{
    const struct search *search = arg;
    struct at_site_stats_table *table = &search->region->site_stats;
    if (!at_region_is_leak(search->region, block) || is_buffer(block, search->buffers))
        return;
    struct at_site_stats *stats = block->site ? at_site_stats_table_get(table, block->site) : NULL;
    if (!stats)
        return; /* the region counted the allocation as dropped */
    stats->leaks++;
    stats->leaked_bytes += block->size;
}

void at_leaks_find(struct at_region *region)
{
    struct search search = { .region = region };
    at_runtime_owned_buffers(search.buffers);
    at_live_each(count_leak, &search);
}

/* Return the block at `address` if the region counts it as leaked, although it is a buffer of a
   standard stream; else NULL. `address` is that of a buffer, or 0. */
static const struct at_block *find_buffer(const struct at_region *region, uintptr_t address)
{
    const struct at_block *block = address ? at_live_find(address) : NULL;
    if (!block || !may_be_buffer(block) || !at_region_is_leak(region, block))
        return NULL;
    return block;
}

void at_leaks_subtract_buffers(const struct at_region *region, struct at_usage *usage)
{
    if (usage->leaks == 0)
        return;
    uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS];
    at_runtime_owned_buffers(buffers);
    for (size_t i = 0; i < AT_RUNTIME_OWNED_BUFFERS; i++) {
        const struct at_block *block = find_buffer(region, buffers[i]);
        if (!block)
            continue;
        usage->leaks--;
        usage->leaked_bytes -= block->size;
    }
}

void at_leaks_find_buffers(struct at_region *region)
{
    uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS];
    at_runtime_owned_buffers(buffers);
    for (size_t i = 0; i < region->site_stats.n_sites; i++)
        region->site_stats.sites[i].buffers = 0;
    for (size_t i = 0; i < AT_RUNTIME_OWNED_BUFFERS; i++) {
        const struct at_block *block = find_buffer(region, buffers[i]);
        struct at_site_stats *stats =
            block ? at_site_stats_table_search(&region->site_stats, block->site) : NULL;
        if (stats)
            stats->buffers++;
    }
}
