/* SPDX-License-Identifier: MIT */
/*
 * See cache.h. Exact stacks for the price of a comparison, in code without frame pointers.
 *
 * A walk (walk.c) reads words of the stack: return addresses and saved frame pointers. The cache
 * stores, for each stack, the list of these words: their addresses and values, in the order in
 * which the walk read them. A stack is the same as a stored one if every word of the list still has
 * its stored value. Proof by induction: the walk starts at an address in our own frame, which is
 * part of the key. If all words so far have their stored values, the walk would come to the same
 * frames, because a frame's unwind rule depends on its return address alone. So the next word in
 * the list is the next word that the walk would read. If all words are equal, so is the stack.
 *
 * Nothing is believed because it is recent. So alloca, longjmp, coroutines and fork need no special
 * treatment. No word is read that the unwinder would not read. A stack that is not stored is walked
 * only up to the point where it joins the thread's last stack.
 *
 * The words do not show a change of the unwind rules. The rules come from tables in the code, and
 * change if an object is unloaded and another one is loaded at its address. Then the caller passes
 * another generation, and everything stored is void. If a walk needs a rule that rule.h does not
 * support, the unwinder captures this stack, each time.
 *
 * A cache belongs to one thread. The thread marks it busy, and a signal handler that interrupts
 * code using the cache asks the unwinder instead. Memory: sizeof(struct at_stack_cache) for each
 * thread alive at the same time as others, in pages that are touched as stacks are stored.
 */
#include "unwind/cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/pages.h"
#include "unwind/capture.h"
#include "unwind/check.h"
#include "unwind/walk.h"

enum {
    N_WAYS = 6,
    N_SETS = 512,
    N_CALLERS = 256,
};

/* The head of a list of words. The first three members are the key. */
struct entry {
    const uintptr_t *frame; /* of the function that captures: its saved frame pointer is there, and
                               its return address follows */
    const void *caller;
    uint16_t kind;
    bool cut; /* the stack ends at the depth limit */
    const void *value;
};

_Static_assert(sizeof(struct entry) <= AT_HEAD_WORDS * sizeof(struct at_word), "a head's room");

/* The lists whose keys have the same hash, the most recently used one first. A cache line. */
struct set {
    uint64_t list[N_WAYS];
    uint16_t tag[N_WAYS];
} __attribute__((aligned(64)));

struct known_caller {
    const void *caller;
    int value;
};

struct at_stack_cache {
    struct set sets[N_SETS];
    struct known_caller callers[N_CALLERS];
    uint32_t generation;
    bool busy;
    struct at_walker walker;
};

static size_t hash_pair(uintptr_t a, uintptr_t b)
{
    uint64_t hash = ((uint64_t) a ^ (uint64_t) b * 0xC2B2AE3D27D4EB4Fu) * 0x9E3779B97F4A7C15u;
    return (size_t) (hash >> 40);
}

static void discard_all(struct at_stack_cache *cache, uint32_t generation)
{
    cache->generation = generation;
    at_walk_discard_all(&cache->walker);
    memset(cache->callers, 0, sizeof cache->callers);
}

/* Create the cache, and publish it when it is complete: a signal handler may create one meanwhile.
 */
static __attribute__((noinline)) struct at_stack_cache *create(struct at_stack_cache **slot)
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

/* Return the cache, marked busy, or NULL if there is none or interrupted code uses it. */
static struct at_stack_cache *enter(struct at_stack_cache **slot, uint32_t generation)
{
    if (!slot)
        return NULL;
    struct at_stack_cache *cache = *slot ? *slot : create(slot);
    if (!cache || cache->busy)
        return NULL;
    cache->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(cache->generation != generation, 0))
        discard_all(cache, generation);
    return cache;
}

static void leave(struct at_stack_cache *cache)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    cache->busy = false;
}

static bool is_same_key(const struct entry *a, const struct entry *b)
{
    return a->frame == b->frame && a->caller == b->caller && a->kind == b->kind;
}

static void swap_lists(struct set *set, size_t i, size_t j)
{
    uint64_t list = set->list[i];
    uint16_t tag = set->tag[i];
    set->list[i] = set->list[j];
    set->tag[i] = set->tag[j];
    set->list[j] = list;
    set->tag[j] = tag;
}

/* Return the value that is stored for the stack as it is now, or NULL. */
static const void *find_value(struct at_stack_cache *cache, const struct entry *key, size_t hash)
{
    struct at_words *words = &cache->walker.words;
    struct set *set = &cache->sets[hash % N_SETS];
    for (size_t i = 0; i < N_WAYS; i++) {
        uint64_t list = set->list[i];
        if (set->tag[i] != (uint16_t) (hash / N_SETS) || !at_words_are_valid(words, list))
            continue;
        const struct entry *entry = at_words_head(words, list);
        __builtin_prefetch(entry->value); /* the caller is about to read it */
        if (!is_same_key(entry, key) || !at_words_are_unchanged(words, list + AT_HEAD_WORDS))
            continue;
        if (!entry->cut)
            at_walk_set_last(&cache->walker, list);
        swap_lists(set, 0, i);
        return entry->value;
    }
    return NULL;
}

/* Store the stack that was just walked, in place of the oldest one of its set. */
static void store_value(struct at_stack_cache *cache, const struct entry *entry, size_t hash,
                        uint32_t length)
{
    struct set *set = &cache->sets[hash % N_SETS];
    size_t oldest = 0;
    for (size_t i = 1; i < N_WAYS; i++)
        if (set->list[i] < set->list[oldest])
            oldest = i;
    swap_lists(set, 0, oldest);
    set->list[0] = at_walk_store(&cache->walker, length);
    set->tag[0] = (uint16_t) (hash / N_SETS);
    *(struct entry *) at_words_head(&cache->walker.words, set->list[0]) = *entry;
    if (!entry->cut)
        at_walk_set_last(&cache->walker, set->list[0]);
}

/* Walk the stack, make its value in `entry` and store it. A function of its own, so that a hit does
   not pay for a `struct at_stack`. */
static __attribute__((noinline)) const void *
walk_stack(struct at_stack_cache *cache, struct entry *entry, size_t hash, at_stack_value *make)
{
    struct at_stack stack;
    uint32_t length = at_walk(&cache->walker, entry->frame, entry->caller, &stack);
    if (length == 0)
        at_stack_capture(&stack, entry->caller);
    entry->cut = stack.end == AT_STACK_CUT;
    entry->value = make(&stack, entry->kind);
    if (length && entry->value)
        store_value(cache, entry, hash, length);
    return entry->value;
}

static __attribute__((noinline)) const void *capture_stack(const void *caller, unsigned kind,
                                                           at_stack_value *make)
{
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    return make(&stack, kind);
}

__attribute__((noinline)) const void *at_stack_cache_get(struct at_stack_cache **slot,
                                                         const void *caller, unsigned kind,
                                                         uint32_t generation, at_stack_value *make)
{
    struct at_stack_cache *cache = enter(slot, generation);
    if (!cache)
        return capture_stack(caller, kind, make);
    struct entry key = { __builtin_frame_address(0), caller, (uint16_t) kind, false, NULL };
    size_t hash = hash_pair((uintptr_t) key.frame, (uintptr_t) caller);
    const void *value = find_value(cache, &key, hash);
    if (!value)
        value = walk_stack(cache, &key, hash, make);
    at_check_value(value, caller, kind, make);
    leave(cache);
    return value;
}

int at_stack_cache_get_caller(struct at_stack_cache **slot, const void *caller, uint32_t generation,
                              at_caller_value *make)
{
    struct at_stack_cache *cache = enter(slot, generation);
    if (!cache)
        return -1;
    struct known_caller *known = &cache->callers[hash_pair((uintptr_t) caller, 0) % N_CALLERS];
    int value = known->value;
    if (known->caller != caller) {
        value = make(caller);
        if (value >= 0)
            *known = (struct known_caller){ caller, value };
    }
    leave(cache);
    return value;
}
