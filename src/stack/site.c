/* SPDX-License-Identifier: MIT */
/* See site.h. */
#include "stack/site.h"

#include <string.h>

#include "base/pages.h"
#include "stack/capture.h"
#include "stack/kept.h"
#include "stack/module.h"

enum {
    N_SLOTS = 1 << 18, /* a power of two; at most 3/4 of them are used */
    MAX_SITES = N_SLOTS / 4 * 3,
};

struct table {
    struct at_call_site *slots[N_SLOTS]; /* atomic */
    size_t n_sites;                      /* atomic */
    size_t used;                         /* atomic: bytes taken from `bytes` */
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

static uint64_t hash_stack(enum at_function function, const struct at_stack *stack)
{
    uint64_t hash = 0x9E3779B97F4A7C15u + (uint64_t) function;
    for (size_t i = 0; i < stack->n_frames; i++) {
        hash = (hash ^ stack->frames[i]) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same(const struct at_call_site *site, uint64_t hash, enum at_function function,
                 const struct at_stack *stack)
{
    return site->hash == hash && site->function == function && site->n_frames == stack->n_frames
           && memcmp(site->frames, stack->frames, stack->n_frames * sizeof stack->frames[0]) == 0;
}

static struct at_call_site *site_new(struct table *in, uint64_t hash, enum at_function function,
                                     const struct at_stack *stack)
{
    size_t size = sizeof(struct at_call_site) + stack->n_frames * sizeof stack->frames[0];
    if (__atomic_load_n(&in->n_sites, __ATOMIC_RELAXED) >= MAX_SITES)
        return NULL;
    size_t offset = __atomic_fetch_add(&in->used, size, __ATOMIC_RELAXED);
    if (offset + size > in->capacity) {
        __atomic_fetch_sub(&in->used, size, __ATOMIC_RELAXED);
        return NULL;
    }
    __atomic_fetch_add(&in->n_sites, 1, __ATOMIC_RELAXED);
    struct at_call_site *site = (struct at_call_site *) (void *) (in->bytes + offset);
    site->hash = hash;
    site->n_frames = (uint32_t) stack->n_frames;
    site->function = (uint16_t) function;
    site->cut = stack->cut;
    site->charged = at_module_charges(stack->frames, stack->n_frames);
    site->kept = at_kept_is(stack->frames, stack->n_frames);
    memcpy(site->frames, stack->frames, stack->n_frames * sizeof stack->frames[0]);
    return site;
}

const struct at_call_site *at_site_intern(enum at_function function, const struct at_stack *stack)
{
    struct table *in = table_get();
    if (!in)
        return NULL;
    uint64_t hash = hash_stack(function, stack);
    struct at_call_site *fresh = NULL;
    for (size_t i = 0; i < N_SLOTS; i++) {
        struct at_call_site **slot = &in->slots[(hash + i) & (N_SLOTS - 1)];
        struct at_call_site *site = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        if (!site) {
            if (!fresh && !(fresh = site_new(in, hash, function, stack)))
                return NULL;
            if (__atomic_compare_exchange_n(slot, &site, fresh, 0, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE))
                return fresh;
        }
        if (same(site, hash, function, stack))
            return site;
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
