/* SPDX-License-Identifier: MIT */
/*
 * See cache.h. Exact stacks at the price of a comparison, for code without frame pointers.
 *
 * A stack that was walked is kept as the list of words that the walk read, in the order in which it
 * read them: the return address of each frame and, before a frame whose end is told from the frame
 * pointer, the place where that was saved. The walk begins in our own code, at a place in memory
 * (the key). So by induction: if every word up to here still holds what it held, the walk would
 * come by the same places with the same return addresses, since the rule of a frame depends on its
 * return address alone; hence the next word is the one that the walk would read next. If all words
 * hold, the stack is the same, and its call site too; no word is read that the unwinder would not
 * read. That covers alloca, longjmp, coroutines and fork: nothing is ever trusted because it is
 * old.
 *
 * What is not in it: a rule is known from the code's tables, and these change when an object is
 * unloaded and another is loaded in its place. Then at_stack_cache_forget() voids everything.
 * A walk that meets a frame of which rule.h knows nothing is left to the unwinder, each time.
 *
 * Each thread has its own, and marks it busy: a signal handler that comes in between asks the
 * unwinder. Words live in a ring, so that a stack costs what it is long; entries that the ring has
 * run over are void. Memory: at most sizeof(struct at_stack_cache) for each thread that was alive
 * at the same time as others, in pages that are touched as stacks come in.
 */
#include "stack/cache.h"

#include <string.h>

#include "base/pages.h"
#include "stack/capture.h"
#include "stack/check.h"
#include "stack/module.h"
#include "stack/rule.h"
#include "stack/site.h"

enum {
    N_WAYS = 4,
    N_SETS = 512,
    N_RULES = 8192,
    N_OWNERS = 1024,
    N_WORDS = 1 << 16,
    MAX_WORDS = 2 * (AT_STACK_MAX + 16), /* of one stack, the frames of ours included */
    CHARGES = UINT16_MAX,                /* in place of a function: only the answer is wanted */
};

struct word {
    const uintptr_t *at;
    uintptr_t value;
};

struct key {
    const uintptr_t *frame; /* of the function that captures: its caller's frame pointer is there,
                               and its return address next to it */
    const void *caller;
    uint32_t function;
};

struct entry {
    struct key key;
    uint32_t n_words;
    uint64_t position; /* of the first one: grows for ever, the ring's index is its remainder */
    const struct at_call_site *site;
};

struct known_rule {
    uintptr_t return_address;
    struct at_rule rule;
};

struct known_owner {
    const void *caller;
    enum at_owner owner;
};

struct at_stack_cache {
    bool busy;
    uint32_t generation;
    uint64_t head;  /* position of the next word */
    uint64_t floor; /* what lies before it is void */
    struct entry entries[N_SETS][N_WAYS];
    struct known_rule rules[N_RULES];
    struct known_owner owners[N_OWNERS];
    struct word words[N_WORDS];
};

struct walk {
    struct at_stack_cache *cache;
    struct word *words;
    uint32_t n_words;
    uintptr_t pc;           /* where the frame goes on */
    uintptr_t sp;           /* its stack pointer then */
    const uintptr_t *fp_at; /* where its frame pointer is */
    uintptr_t fp;           /* and what it is, once somebody asked */
    bool fp_known;
};

/* An answer of at_site_charges(), in the shape of a site. */
static const struct at_call_site answers[2] = { { .charged = false }, { .charged = true } };

static uint32_t generation; /* atomic */

void at_stack_cache_forget(void)
{
    __atomic_fetch_add(&generation, 1, __ATOMIC_SEQ_CST);
}

static size_t mix(uintptr_t a, uintptr_t b)
{
    uint64_t hash = ((uint64_t) a ^ (uint64_t) b * 0xC2B2AE3D27D4EB4Fu) * 0x9E3779B97F4A7C15u;
    return (size_t) (hash >> 40);
}

static struct at_stack_cache *enter(struct at_stack_cache **slot)
{
    if (!slot)
        return NULL;
    struct at_stack_cache *cache = *slot;
    if (!cache && !(cache = *slot = at_pages_reserve(sizeof *cache)))
        return NULL;
    if (cache->busy)
        return NULL;
    cache->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    uint32_t now = __atomic_load_n(&generation, __ATOMIC_RELAXED);
    if (__builtin_expect(cache->generation != now, 0)) {
        cache->generation = now;
        cache->floor = cache->head;
        memset(cache->rules, 0, sizeof cache->rules);
        memset(cache->owners, 0, sizeof cache->owners);
    }
    return cache;
}

static void leave(struct at_stack_cache *cache)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    cache->busy = false;
}

/* Up to MAX_WORDS from the head on may have been overwritten by a walk that came to nothing. */
static bool is_there(const struct at_stack_cache *cache, const struct entry *entry)
{
    return entry->position >= cache->floor && entry->position + N_WORDS >= cache->head + MAX_WORDS;
}

static bool holds(const struct at_stack_cache *cache, const struct entry *entry)
{
    const struct word *word = &cache->words[entry->position % N_WORDS];
    for (const struct word *end = word + entry->n_words; word < end; word++)
        if (*word->at != word->value)
            return false;
    return true;
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->frame == b->frame && a->caller == b->caller && a->function == b->function;
}

static struct entry *set_of(struct at_stack_cache *cache, const struct key *key)
{
    return cache->entries[mix((uintptr_t) key->frame, (uintptr_t) key->caller) % N_SETS];
}

static const struct at_call_site *find(struct at_stack_cache *cache, const struct key *key)
{
    struct entry *set = set_of(cache, key);
    for (size_t i = 0; i < N_WAYS; i++)
        if (same_key(&set[i].key, key) && is_there(cache, &set[i]) && holds(cache, &set[i]))
            return set[i].site;
    return NULL;
}

static struct at_rule rule_get(struct at_stack_cache *cache, uintptr_t return_address)
{
    struct known_rule *known = &cache->rules[mix(return_address, 0) % N_RULES];
    if (known->return_address != return_address)
        *known = (struct known_rule){ return_address, at_rule_find(return_address) };
    return known->rule;
}

static uintptr_t read_word(struct walk *walk, uintptr_t at)
{
    const uintptr_t *word = (const uintptr_t *) at;
    walk->words[walk->n_words++] = (struct word){ word, *word };
    return *word;
}

/* Read only if the way on depends on it, as the unwinder does. */
static uintptr_t frame_pointer(struct walk *walk)
{
    if (!walk->fp_known)
        walk->fp = read_word(walk, (uintptr_t) walk->fp_at);
    walk->fp_known = true;
    return walk->fp;
}

/* The end of the frame; 0 where it cannot be told. */
static uintptr_t frame_end(struct walk *walk, const struct at_rule *rule)
{
    uintptr_t offset = (uintptr_t) (intptr_t) rule->cfa_offset;
    switch (rule->cfa) {
        case AT_CFA_SP: return walk->sp + offset;
        case AT_CFA_FP: return frame_pointer(walk) + offset;
        case AT_CFA_AT_FP: return read_word(walk, frame_pointer(walk) + offset);
        default: return 0;
    }
}

/* From a frame to its caller's. False where only the unwinder knows the way. */
static bool step(struct walk *walk, const struct at_rule *rule)
{
    uintptr_t end = frame_end(walk, rule);
    if (end <= walk->sp)
        return false;
    uintptr_t saved = (uintptr_t) (intptr_t) rule->fp_offset;
    if (rule->fp == AT_FP_AT_CFA)
        saved += end;
    else if (rule->fp == AT_FP_AT_FP)
        saved += frame_pointer(walk);
    walk->pc = read_word(walk, end - sizeof(uintptr_t));
    walk->sp = end;
    if (rule->fp != AT_FP_KEPT) {
        walk->fp_at = (const uintptr_t *) saved;
        walk->fp_known = false;
    }
    return true;
}

/* The stack from `caller` on, as at_stack_capture() has it. */
static bool walk_stack(struct walk *walk, const struct key *key, struct at_stack *stack)
{
    enum { WORDS_A_STEP = 3 };
    bool seen = false;
    stack->n_frames = 0;
    stack->cut = false;
    while (walk->pc && walk->n_words + WORDS_A_STEP <= MAX_WORDS) {
        seen |= walk->pc == (uintptr_t) key->caller;
        if (seen && stack->n_frames == AT_STACK_MAX) {
            stack->cut = true;
            return true;
        }
        if (seen)
            stack->frames[stack->n_frames++] = walk->pc - 1;
        struct at_rule rule = rule_get(walk->cache, walk->pc);
        if (rule.cfa == AT_CFA_END)
            return seen;
        if (!step(walk, &rule))
            return false;
    }
    return seen && walk->pc == 0;
}

static void keep(struct at_stack_cache *cache, const struct key *key, const struct walk *walk,
                 const struct at_call_site *site)
{
    struct entry *set = set_of(cache, key);
    struct entry *oldest = set;
    for (size_t i = 1; i < N_WAYS; i++)
        if (set[i].position < oldest->position)
            oldest = &set[i];
    *oldest = (struct entry){ *key, walk->n_words, cache->head, site };
    cache->head += walk->n_words;
}

static const struct at_call_site *judge(uint32_t function, const struct at_stack *stack)
{
    if (function == CHARGES)
        return &answers[at_module_charges(stack->frames, stack->n_frames)];
    return at_site_intern((enum at_function) function, stack);
}

/* Apart, so that a hit pays nothing for the stack it does not need. */
static __attribute__((noinline)) const struct at_call_site *miss(struct at_stack_cache *cache,
                                                                 const struct key *key)
{
    struct at_stack stack;
    /* A stack's words lie side by side. */
    if (cache->head % N_WORDS > N_WORDS - MAX_WORDS)
        cache->head += N_WORDS - cache->head % N_WORDS;
    struct walk walk = {
        .cache = cache,
        .words = &cache->words[cache->head % N_WORDS],
        .sp = (uintptr_t) (key->frame + 2),
        .fp_at = key->frame,
    };
    walk.pc = read_word(&walk, (uintptr_t) (key->frame + 1));
    if (!walk_stack(&walk, key, &stack)) {
        at_stack_capture(&stack, key->caller);
        return judge(key->function, &stack);
    }
    const struct at_call_site *site = judge(key->function, &stack);
    if (site)
        keep(cache, key, &walk, site);
    return site;
}

static const struct at_call_site *get(struct at_stack_cache *cache, const struct key *key)
{
    const struct at_call_site *site = find(cache, key);
    if (!site)
        site = miss(cache, key);
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
    const struct key key = { __builtin_frame_address(0), caller, function };
    const struct at_call_site *site = get(cache, &key);
    leave(cache);
    return site;
}

static enum at_owner owner_get(struct at_stack_cache *cache, const void *caller)
{
    struct known_owner *known = &cache->owners[mix((uintptr_t) caller, 0) % N_OWNERS];
    if (known->caller != caller) {
        struct at_module module;
        bool found = at_module_find((uintptr_t) caller - 1, &module);
        *known = (struct known_owner){ caller, found ? module.owner : AT_OWNER_USER };
    }
    return known->owner;
}

__attribute__((noinline)) bool at_site_charges(struct at_stack_cache **slot, const void *caller)
{
    struct at_stack_cache *cache = enter(slot);
    if (!cache)
        return at_module_charges_caller(caller);
    enum at_owner owner = owner_get(cache, caller);
    bool charges = owner == AT_OWNER_USER;
    if (owner != AT_OWNER_USER && owner != AT_OWNER_FRAMEWORK) {
        const struct key key = { __builtin_frame_address(0), caller, CHARGES };
        charges = get(cache, &key)->charged;
    }
    leave(cache);
    return charges;
}
