/* SPDX-License-Identifier: MIT */
/*
 * See site.h. The index is of three levels, so that a process with few sites touches few pages: a
 * site that finds its window of one level full, which then is so for ever, goes to the next level,
 * and to any place in the last.
 */
#include "stack/site.h"

#include <string.h>

#include "base/pages.h"
#include "stack/capture.h"
#include "stack/kept.h"
#include "stack/loaded.h"
#include "stack/module.h"

enum {
    N_LEVELS = 3,
    WINDOW = 8,       /* slots: a cache line */
    N_LAST = 1 << 18, /* slots of the last level, a power of two as all are */
    N_SLOTS = (1 << 11) + (1 << 15) + N_LAST,
    MAX_SITES = N_LAST / 4 * 3,
};

static const size_t level_sizes[N_LEVELS] = { 1 << 11, 1 << 15, N_LAST };

/* In a slot: half of the hash, and where the site is, in words from 1 on; 0 while it is empty. */
struct table {
    uint64_t slots[N_SLOTS]; /* atomic */
    size_t n_sites;          /* atomic */
    size_t used;             /* atomic: bytes taken from `bytes` */
    size_t capacity;
    unsigned char bytes[];
};

static struct table *table; /* atomic */

/* Address space: tried from the largest down, for processes that live under a limit. */
static const size_t sizes[] = { (size_t) 256 << 20, (size_t) 64 << 20, (size_t) 16 << 20,
                                (size_t) 4 << 20 };

static struct table *table_get(void)
{
    struct table *current = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
    if (current)
        return current;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct table *fresh = at_pages_reserve(sizes[i]);
        if (!fresh)
            continue;
        fresh->capacity = sizes[i] - sizeof *fresh;
        if (__atomic_compare_exchange_n(&table, &current, fresh, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return fresh;
        at_pages_free(fresh, sizes[i]);
        return current;
    }
    return NULL;
}

struct search {
    struct table *in;
    const struct at_stack *stack;
    enum at_function function;
    uint64_t hash;
    struct at_call_site *fresh; /* once it had to be made */
    bool refused;               /* it could not be made */
};

/* The same addresses may be another object's code by now. */
static bool is_current(struct at_call_site *site)
{
    uint32_t now = at_loaded_generation();
    if (__atomic_load_n(&site->generation, __ATOMIC_RELAXED) == now)
        return true;
    if (!at_loaded_holds(site->frames, site->n_frames, site->epoch))
        return false;
    __atomic_store_n(&site->generation, now, __ATOMIC_RELAXED);
    return true;
}

static bool same(struct at_call_site *site, const struct search *search)
{
    const struct at_stack *stack = search->stack;
    return site->hash == search->hash && site->function == search->function
           && site->n_frames == stack->n_frames
           && memcmp(site->frames, stack->frames, stack->n_frames * sizeof stack->frames[0]) == 0
           && is_current(site);
}

/* The kernel is asked for a chunk of pages at a time: one by one they cost several times more. */
static void *take_bytes(struct table *in, size_t size)
{
    enum { CHUNK = 32 << 10 };
    size_t offset = __atomic_fetch_add(&in->used, size, __ATOMIC_RELAXED);
    size_t end = offset + size;
    if (end > in->capacity) {
        __atomic_fetch_sub(&in->used, size, __ATOMIC_RELAXED);
        return NULL;
    }
    if (offset == 0 || offset / CHUNK != end / CHUNK)
        at_pages_touch(in->bytes + end / CHUNK * CHUNK, CHUNK);
    return in->bytes + offset;
}

static struct at_call_site *site_new(const struct search *search)
{
    struct table *in = search->in;
    const struct at_stack *stack = search->stack;
    size_t frames_bytes = stack->n_frames * sizeof stack->frames[0];
    if (__atomic_load_n(&in->n_sites, __ATOMIC_RELAXED) >= MAX_SITES)
        return NULL;
    struct at_call_site *site = take_bytes(in, sizeof *site + frames_bytes);
    if (!site)
        return NULL;
    __atomic_fetch_add(&in->n_sites, 1, __ATOMIC_RELAXED);
    site->hash = search->hash;
    site->n_frames = (uint32_t) stack->n_frames;
    site->function = (uint16_t) search->function;
    site->cut = stack->cut;
    site->generation = at_loaded_generation();
    site->epoch = at_loaded_note(stack->frames, stack->n_frames);
    site->charged = at_module_charges(stack->frames, stack->n_frames);
    site->kept = (uint8_t) at_kept_is(stack->frames, stack->n_frames);
    memcpy(site->frames, stack->frames, frames_bytes);
    return site;
}

static struct at_call_site *site_at(struct table *in, uint64_t slot)
{
    return (struct at_call_site *) (void *) (in->bytes + ((slot & UINT32_MAX) - 1) * sizeof slot);
}

static uint64_t slot_of(const struct table *in, const struct at_call_site *site)
{
    size_t offset = (size_t) ((const unsigned char *) site - in->bytes);
    return site->hash >> 32 << 32 | (offset / sizeof(uint64_t) + 1);
}

/* The site, if the slot has it or was empty; NULL if another is there, or it was refused. */
static const struct at_call_site *try_slot(struct search *search, uint64_t *slot)
{
    uint64_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!seen) {
        if (!search->fresh && !(search->fresh = site_new(search))) {
            search->refused = true;
            return NULL;
        }
        if (__atomic_compare_exchange_n(slot, &seen, slot_of(search->in, search->fresh), 0,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return search->fresh;
    }
    if ((seen ^ search->hash) >> 32 != 0 || !same(site_at(search->in, seen), search))
        return NULL;
    return site_at(search->in, seen);
}

const struct at_call_site *at_site_intern(enum at_function function, const struct at_stack *stack)
{
    struct search search = { .in = table_get(), .stack = stack, .function = function };
    if (!search.in)
        return NULL;
    search.hash = at_stack_hash(stack->hash, function);
    uint64_t *slots = search.in->slots;
    for (size_t level = 0; level < N_LEVELS; slots += level_sizes[level++]) {
        size_t mask = level_sizes[level] - 1;
        size_t start = search.hash & mask & ~(size_t) (WINDOW - 1);
        size_t n = level + 1 < N_LEVELS ? WINDOW : N_LAST;
        for (size_t i = 0; i < n && !search.refused; i++) {
            const struct at_call_site *site = try_slot(&search, &slots[(start + i) & mask]);
            if (site)
                return site;
        }
    }
    return NULL;
}

const char *at_function_name(enum at_function function)
{
    static const char *const names[] = {
        [AT_MALLOC] = "malloc",
        [AT_CALLOC] = "calloc",
        [AT_REALLOC] = "realloc",
        [AT_REALLOCARRAY] = "reallocarray",
        [AT_ALIGNED_ALLOC] = "aligned_alloc",
        [AT_MEMALIGN] = "memalign",
        [AT_POSIX_MEMALIGN] = "posix_memalign",
        [AT_VALLOC] = "valloc",
        [AT_PVALLOC] = "pvalloc",
        [AT_NEW] = "operator new",
        [AT_NEW_ARRAY] = "operator new[]",
        [AT_NOTE_ALLOC] = "at_note_alloc",
        [AT_ALLOCATOR_ALLOC] = "at_allocator_alloc",
        [AT_ALLOCATOR_REALLOC] = "at_allocator_realloc",
        [AT_FREE] = "free",
        [AT_DELETE] = "operator delete",
        [AT_DELETE_ARRAY] = "operator delete[]",
        [AT_NOTE_FREE] = "at_note_free",
        [AT_ALLOCATOR_FREE] = "at_allocator_free",
    };
    return names[function];
}
