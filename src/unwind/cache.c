/* SPDX-License-Identifier: MIT */
/*
 * See cache.h. Exact stacks at the price of a comparison, for code without frame pointers.
 *
 * A stack that was walked is kept as the list of words that the walk read, in the order in which it
 * read them. The walk begins in our own code, at a place in memory (the key). So by induction: if
 * every word up to here still holds what it held, the walk would come by the same places with the
 * same return addresses, since the rule of a frame depends on its return address alone; hence the
 * next word is the one that the walk would read next. If all words hold, the stack is the same, and
 * its call site too; no word is read that the unwinder would not read. That covers alloca, longjmp,
 * coroutines and fork: nothing is ever trusted because it is old. A stack that is not kept is
 * walked as far as it is not the last one's (walk.c).
 *
 * What is not in it: a rule is known from the code's tables, and these change when an object is
 * unloaded and another is loaded in its place (nothing is known of code that was never loaded).
 * Then at_loaded_change() voids everything. A walk that meets a frame of which rule.h knows
 * nothing is left to the unwinder, each time.
 *
 * Each thread has its own, and marks it busy: a signal handler that comes in between asks the
 * unwinder. Memory: at most sizeof(struct at_stack_cache) for each thread that was alive at the
 * same time as others, in pages that are touched as stacks come in.
 */
#include "unwind/cache.h"

#include <string.h>

#include "attribution/loaded.h"
#include "attribution/module.h"
#include "attribution/site.h"
#include "base/pages.h"
#include "unwind/capture.h"
#include "unwind/check.h"
#include "unwind/rule.h"
#include "unwind/walk.h"

enum {
    N_WAYS = 6,
    N_SETS = 512,
    N_OWNERS = 256,
    COUNTED = UINT16_MAX, /* in place of a function: only the answer is wanted */
};

struct key {
    const uintptr_t *frame; /* of the function that captures: its caller's frame pointer is there,
                               and its return address next to it */
    const void *caller;
    uint16_t function; /* or COUNTED */
};

/* The head of a list. */
struct entry {
    struct key key;
    const struct at_call_site *site;
};

_Static_assert(sizeof(struct entry) <= AT_HEAD_WORDS * sizeof(struct at_word), "a head's room");

/* The lists with a key of that hash, the one that was found last first. A cache line. */
struct set {
    uint64_t list[N_WAYS];
    uint16_t tag[N_WAYS];
} __attribute__((aligned(64)));

struct known_owner {
    const void *caller;
    enum at_owner owner;
};

struct at_stack_cache {
    struct set sets[N_SETS];
    struct known_owner owners[N_OWNERS];
    uint32_t generation;
    bool busy;
    struct at_walker walker;
};

/* An answer of at_site_is_counted(), in the shape of a site. */
static const struct at_call_site answers[2][2] = {
    { { .counted = false, .end = AT_STACK_WHOLE }, { .counted = false, .end = AT_STACK_CUT } },
    { { .counted = true, .end = AT_STACK_WHOLE }, { .counted = true, .end = AT_STACK_CUT } },
};

static size_t mix(uintptr_t a, uintptr_t b)
{
    uint64_t hash = ((uint64_t) a ^ (uint64_t) b * 0xC2B2AE3D27D4EB4Fu) * 0x9E3779B97F4A7C15u;
    return (size_t) (hash >> 40);
}

static void forget(struct at_stack_cache *cache, uint32_t now)
{
    cache->generation = now;
    at_walk_forget(&cache->walker);
    memset(cache->owners, 0, sizeof cache->owners);
}

/* A signal handler may come in between, and make one of its own: none is seen before it is whole.
 */
static __attribute__((noinline)) struct at_stack_cache *make(struct at_stack_cache **slot)
{
    struct at_stack_cache *cache =
        at_pages_new_front(sizeof *cache, offsetof(struct at_stack_cache, walker.words));
    if (!cache)
        return NULL;
    at_walk_start(&cache->walker);
    struct at_stack_cache *other = NULL;
    if (__atomic_compare_exchange_n(slot, &other, cache, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return cache;
    at_pages_free(cache, sizeof *cache);
    return other;
}

static struct at_stack_cache *enter(struct at_stack_cache **slot)
{
    if (!slot)
        return NULL;
    struct at_stack_cache *cache = *slot ? *slot : make(slot);
    if (!cache || cache->busy)
        return NULL;
    cache->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint32_t now = at_loaded_generation();
    if (__builtin_expect(cache->generation != now, 0))
        forget(cache, now);
    return cache;
}

static void leave(struct at_stack_cache *cache)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    cache->busy = false;
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->frame == b->frame && a->caller == b->caller && a->function == b->function;
}

static void swap(struct set *set, size_t i, size_t j)
{
    uint64_t list = set->list[i];
    uint16_t tag = set->tag[i];
    set->list[i] = set->list[j];
    set->tag[i] = set->tag[j];
    set->list[j] = list;
    set->tag[j] = tag;
}

static const struct at_call_site *find(struct at_stack_cache *cache, const struct key *key,
                                       size_t hash)
{
    struct at_words *words = &cache->walker.words;
    struct set *set = &cache->sets[hash % N_SETS];
    for (size_t i = 0; i < N_WAYS; i++) {
        uint64_t list = set->list[i];
        if (set->tag[i] != (uint16_t) (hash / N_SETS) || !at_words_are_there(words, list))
            continue;
        const struct entry *entry = at_words_head(words, list);
        __builtin_prefetch(entry->site);
        if (!same_key(&entry->key, key) || !at_words_hold(words, list + AT_HEAD_WORDS))
            continue;
        if (entry->site->end != AT_STACK_CUT)
            at_walk_lend(&cache->walker, list);
        swap(set, 0, i);
        return entry->site;
    }
    return NULL;
}

static void keep(struct at_stack_cache *cache, const struct entry *entry, size_t hash,
                 uint32_t length)
{
    struct set *set = &cache->sets[hash % N_SETS];
    size_t oldest = 0;
    for (size_t i = 1; i < N_WAYS; i++)
        if (set->list[i] < set->list[oldest])
            oldest = i;
    swap(set, 0, oldest);
    set->list[0] = at_walk_keep(&cache->walker, length);
    set->tag[0] = (uint16_t) (hash / N_SETS);
    *(struct entry *) at_words_head(&cache->walker.words, set->list[0]) = *entry;
    if (entry->site->end != AT_STACK_CUT)
        at_walk_lend(&cache->walker, set->list[0]);
}

static const struct at_call_site *judge(uint32_t function, const struct at_stack *stack)
{
    if (function == COUNTED)
        return &answers[at_attribution_counts(stack->frames, stack->n_frames)]
                       [stack->end == AT_STACK_CUT];
    return at_site_intern((enum at_function) function, stack);
}

/* Apart, so that a hit pays nothing for the stack it does not need. */
static __attribute__((noinline)) const struct at_call_site *miss(struct at_stack_cache *cache,
                                                                 const struct key *key, size_t hash)
{
    struct at_stack stack;
    uint32_t length = at_walk(&cache->walker, key->frame, key->caller, &stack);
    if (length == 0)
        at_stack_capture(&stack, key->caller);
    const struct at_call_site *site = judge(key->function, &stack);
    if (length && site)
        keep(cache, &(struct entry){ *key, site }, hash, length);
    return site;
}

static const struct at_call_site *get(struct at_stack_cache *cache, const struct key *key)
{
    size_t hash = mix((uintptr_t) key->frame, (uintptr_t) key->caller);
    const struct at_call_site *site = find(cache, key, hash);
    if (!site)
        site = miss(cache, key, hash);
    at_check_site(site, key->caller);
    return site;
}

static __attribute__((noinline)) const struct at_call_site *
capture_uncached(enum at_function function, const void *caller)
{
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    return at_site_intern(function, &stack);
}

__attribute__((noinline)) const struct at_call_site *
at_site_capture(struct at_stack_cache **slot, enum at_function function, const void *caller)
{
    struct at_stack_cache *cache = enter(slot);
    if (!cache)
        return capture_uncached(function, caller);
    const struct key key = { __builtin_frame_address(0), caller, (uint16_t) function };
    const struct at_call_site *site = get(cache, &key);
    leave(cache);
    return site;
}

static enum at_owner owner_get(struct at_stack_cache *cache, const void *caller)
{
    struct known_owner *known = &cache->owners[mix((uintptr_t) caller, 0) % N_OWNERS];
    if (known->caller != caller) {
        struct at_module module;
        if (!at_module_find((uintptr_t) caller - 1, &module))
            return AT_OWNER_USER;
        *known = (struct known_owner){ caller, module.owner };
    }
    return known->owner;
}

__attribute__((noinline)) bool at_site_is_counted(struct at_stack_cache **slot, const void *caller)
{
    struct at_stack_cache *cache = enter(slot);
    if (!cache)
        return at_attribution_counts_caller(caller);
    enum at_owner owner = owner_get(cache, caller);
    bool charges = owner == AT_OWNER_USER;
    if (owner != AT_OWNER_USER && owner != AT_OWNER_FRAMEWORK) {
        const struct key key = { __builtin_frame_address(0), caller, COUNTED };
        charges = get(cache, &key)->counted;
    }
    leave(cache);
    return charges;
}
