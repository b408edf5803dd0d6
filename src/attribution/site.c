/* SPDX-License-Identifier: MIT */
/*
 * See site.h. The index is a hash table with three levels of slots, so that a process with few
 * sites touches few pages. In each level a site's hash selects a window of slots. If the window is
 * full, which it then stays, the site goes to the next level. In the last level a site may use any
 * slot.
 */
#include "attribution/site.h"

#include <string.h>

#include "attribution/loaded.h"
#include "attribution/module.h"
#include "attribution/runtime_owned.h"
#include "base/pages.h"
#include "unwind/capture.h"

enum {
    N_LEVELS = 3,
    WINDOW = 8, /* slots: a cache line */
    N_FIRST = 1 << 11,
    N_LAST = 1 << 18, /* slots of the last level, a power of two as all are */
    MAX_SITES = N_LAST / 4 * 3,
};

static const size_t level_sizes[N_LEVELS] = { N_FIRST, 1 << 15, N_LAST };

/* Sites are stored in chunks. Chunks and the second and third level are mapped when they are
   needed: a process may limit its address space. A slot contains one half of the hash and the
   position of the site, in words from 1 on. An empty slot is 0. */
enum { CHUNK = 64 << 10, N_CHUNKS = 4096 };

struct table {
    uint64_t slots[N_FIRST];        /* of the first level; atomic, as in the other levels */
    void *more_slots[N_LEVELS - 1]; /* atomic; NULL: not mapped yet */
    size_t n_sites;                 /* atomic */
    size_t used;            /* atomic: bytes of all chunks, unused ends of chunks included */
    void *chunks[N_CHUNKS]; /* atomic; NULL: not mapped yet */
};

static struct table *table; /* atomic */

static struct table *table_get(void)
{
    struct table *current = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
    if (current)
        return current;
    struct table *fresh = at_pages_reserve(sizeof *fresh);
    if (!fresh)
        return NULL;
    if (__atomic_compare_exchange_n(&table, &current, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    at_pages_free(fresh, sizeof *fresh);
    return current;
}

struct search {
    struct table *in;
    const struct at_stack *stack;
    enum at_function function;
    uint64_t hash;
    struct at_call_site *fresh; /* the new site, if it had to be made */
    uint64_t slot;              /* the content of the slot for the new site */
    bool refused;               /* the new site could not be made */
};

/* Return true if the frames are still code of the same objects: another object may be loaded at the
   same addresses. */
static bool is_current(struct at_call_site *site)
{
    uint32_t now = at_loaded_generation();
    if (__atomic_load_n(&site->generation, __ATOMIC_RELAXED) == now)
        return true;
    if (!at_loaded_is_same_code(site->frames, site->n_frames, site->epoch))
        return false;
    __atomic_store_n(&site->generation, now, __ATOMIC_RELAXED);
    return true;
}

static bool is_same_site(struct at_call_site *site, const struct search *search)
{
    const struct at_stack *stack = search->stack;
    return site->hash == search->hash && site->function == search->function
           && site->n_frames == stack->n_frames && site->end == stack->end
           && memcmp(site->frames, stack->frames, stack->n_frames * sizeof stack->frames[0]) == 0
           && is_current(site);
}

/* Return the part of the table to which `*pointer` points, and make it if necessary. Return NULL if
   the kernel refuses memory. */
static void *part_get(void **pointer, size_t size, void *make(size_t size))
{
    void *part = __atomic_load_n(pointer, __ATOMIC_ACQUIRE);
    if (part)
        return part;
    void *fresh = make(size);
    if (!fresh)
        return NULL;
    if (__atomic_compare_exchange_n(pointer, &part, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    at_pages_free(fresh, size);
    return part;
}

static uint64_t *level_get(struct table *in, size_t level)
{
    return level == 0 ? in->slots
                      : part_get(&in->more_slots[level - 1], level_sizes[level] * sizeof *in->slots,
                                 at_pages_reserve);
}

/* Take `size` bytes within one chunk. Set `*offset` to their position, counted from the first
   chunk. Return false if the chunks are used up or the kernel refuses memory. */
static bool take_bytes(struct table *in, size_t size, size_t *offset)
{
    size_t used = __atomic_load_n(&in->used, __ATOMIC_RELAXED), start;
    do {
        start = used;
        if (start / CHUNK != (start + size - 1) / CHUNK)
            start = (start / CHUNK + 1) * CHUNK;
        if (start / CHUNK >= N_CHUNKS
            || !part_get(&in->chunks[start / CHUNK], CHUNK, at_pages_new_touched))
            return false;
    } while (!__atomic_compare_exchange_n(&in->used, &used, start + size, 0, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    *offset = start;
    return true;
}

static struct at_call_site *site_at_offset(struct table *in, size_t offset)
{
    unsigned char *chunk = __atomic_load_n(&in->chunks[offset / CHUNK], __ATOMIC_RELAXED);
    return (struct at_call_site *) (void *) (chunk + offset % CHUNK);
}

static struct at_call_site *site_new(struct search *search)
{
    struct table *in = search->in;
    const struct at_stack *stack = search->stack;
    size_t frames_bytes = stack->n_frames * sizeof stack->frames[0];
    if (__atomic_load_n(&in->n_sites, __ATOMIC_RELAXED) >= MAX_SITES)
        return NULL;
    size_t offset;
    struct at_call_site *site = NULL;
    if (!take_bytes(in, sizeof *site + frames_bytes, &offset))
        return NULL;
    site = site_at_offset(in, offset);
    search->slot = search->hash >> 32 << 32 | (offset / sizeof(uint64_t) + 1);
    __atomic_fetch_add(&in->n_sites, 1, __ATOMIC_RELAXED);
    site->hash = search->hash;
    site->n_frames = (uint32_t) stack->n_frames;
    site->function = (uint16_t) search->function;
    site->end = (uint8_t) stack->end;
    site->generation = at_loaded_generation();
    site->epoch = at_loaded_record(stack->frames, stack->n_frames);
    site->counted = at_attribution_counts(stack->frames, stack->n_frames);
    site->runtime_owned = (uint8_t) at_runtime_owned_kind(stack->frames, stack->n_frames);
    memcpy(site->frames, stack->frames, frames_bytes);
    return site;
}

static struct at_call_site *site_in_slot(struct table *in, uint64_t slot)
{
    return site_at_offset(in, (size_t) ((slot & UINT32_MAX) - 1) * sizeof slot);
}

/* Return the site if it is in the slot or was now put there. Return NULL if another site is in the
   slot, or if the new site could not be made. */
static const struct at_call_site *get_from_slot(struct search *search, uint64_t *slot)
{
    uint64_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!seen) {
        if (!search->fresh && !(search->fresh = site_new(search))) {
            search->refused = true;
            return NULL;
        }
        if (__atomic_compare_exchange_n(slot, &seen, search->slot, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return search->fresh;
    }
    if ((seen ^ search->hash) >> 32 != 0 || !is_same_site(site_in_slot(search->in, seen), search))
        return NULL;
    return site_in_slot(search->in, seen);
}

const void *at_site_intern(const struct at_stack *stack, unsigned function)
{
    struct search search = { .in = table_get(),
                             .stack = stack,
                             .function = (enum at_function) function };
    if (!search.in)
        return NULL;
    search.hash = at_stack_hash(stack->hash, function);
    for (size_t level = 0; level < N_LEVELS; level++) {
        uint64_t *slots = level_get(search.in, level);
        if (!slots)
            return NULL;
        size_t mask = level_sizes[level] - 1;
        size_t start = search.hash & mask & ~(size_t) (WINDOW - 1);
        size_t n = level + 1 < N_LEVELS ? WINDOW : N_LAST;
        for (size_t i = 0; i < n && !search.refused; i++) {
            const struct at_call_site *site = get_from_slot(&search, &slots[(start + i) & mask]);
            if (site)
                return site;
        }
    }
    return NULL;
}

enum {
    COUNTED = UINT16_MAX
}; /* a kind of value in the stack cache beside every enum at_function */

static const bool counted_values[] = { false, true };

static const void *counted_get(const struct at_stack *stack, unsigned kind)
{
    (void) kind;
    return &counted_values[at_attribution_counts(stack->frames, stack->n_frames)];
}

static int owner_get(const void *caller)
{
    struct at_module module;
    return at_module_find((uintptr_t) caller - 1, &module) ? (int) module.owner : -1;
}

__attribute__((noinline)) bool at_site_is_counted(struct at_stack_cache **cache, const void *caller)
{
    uint32_t generation = at_loaded_generation();
    switch (at_stack_cache_get_caller(cache, caller, generation, owner_get)) {
        case AT_OWNER_USER: return true;
        case AT_OWNER_FRAMEWORK: return false;
        case -1: return at_attribution_counts_caller(caller);
        default:
            return *(const bool *) at_stack_cache_get(cache, caller, COUNTED, generation,
                                                      counted_get);
    }
}
