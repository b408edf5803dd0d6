/* SPDX-License-Identifier: MIT */
/* See live.h. Linear probing. A removal moves later records back, so there are no tombstones. */
#include "track/live.h"

#include "base/pages.h"
#include "track/ordered.h"

enum { FIRST_CAPACITY = 1024 }; /* a power of two, as every later one */

static struct at_block *slots;
static size_t capacity;

static size_t home_among(uintptr_t address, size_t n_slots)
{
    uint64_t hash = (uint64_t) (address >> 4) * 0x9E3779B97F4A7C15u;
    return (size_t) (hash >> 32) & (n_slots - 1);
}

static size_t home(uintptr_t address)
{
    return home_among(address, capacity);
}

/* Return the index of the slot with `address`, or of the empty slot where it belongs. */
static size_t find_slot(uintptr_t address)
{
    size_t i = home(address);
    while (slots[i].address && slots[i].address != address)
        i = (i + 1) & (capacity - 1);
    return i;
}

static bool grow_table(void)
{
    struct at_block *old = slots;
    size_t old_capacity = capacity;
    size_t wanted = capacity ? capacity * 2 : FIRST_CAPACITY;
    struct at_block *fresh = at_pages_new_touched(wanted * sizeof *fresh);
    if (!fresh)
        return false;
    __atomic_store_n(&slots, fresh, __ATOMIC_RELAXED);
    __atomic_store_n(&capacity, wanted, __ATOMIC_RELAXED);
    for (size_t i = 0; old && i < old_capacity; i++)
        if (old[i].address)
            fresh[find_slot(old[i].address)] = old[i];
    at_pages_free(old, old_capacity * sizeof *old);
    return true;
}

void at_live_expect(uintptr_t address)
{
    const struct at_block *table = __atomic_load_n(&slots, __ATOMIC_RELAXED);
    size_t n_slots = __atomic_load_n(&capacity, __ATOMIC_RELAXED);
    if (table)
        __builtin_prefetch(&table[home_among(address, n_slots)]);
}

struct at_block *at_live_put(uintptr_t address, struct at_block *replaced)
{
    /* A table that is 3/4 full doubles. If it cannot, it is filled except for one slot. */
    if (at_ordered.n_blocks + 1 > capacity / 4 * 3 && !grow_table()
        && at_ordered.n_blocks + 1 >= capacity)
        return NULL;
    size_t i = find_slot(address);
    if (slots[i].address) {
        *replaced = slots[i];
    } else {
        replaced->address = 0;
        at_ordered.n_blocks++;
    }
    return &slots[i];
}

bool at_live_take(uintptr_t address, uint64_t sequence, struct at_block *block)
{
    if (at_ordered.n_blocks == 0)
        return false;
    size_t hole = find_slot(address);
    if (!slots[hole].address || slots[hole].sequence > sequence)
        return false;
    *block = slots[hole];
    for (size_t i = (hole + 1) & (capacity - 1); slots[i].address; i = (i + 1) & (capacity - 1)) {
        size_t distance_to_home = (i - home(slots[i].address)) & (capacity - 1);
        size_t distance_to_hole = (i - hole) & (capacity - 1);
        if (distance_to_home >= distance_to_hole) {
            slots[hole] = slots[i];
            hole = i;
        }
    }
    slots[hole].address = 0;
    at_ordered.n_blocks--;
    return true;
}

const struct at_block *at_live_find(uintptr_t address)
{
    if (at_ordered.n_blocks == 0)
        return NULL;
    const struct at_block *block = &slots[find_slot(address)];
    return block->address ? block : NULL;
}

void at_live_clear(void)
{
    at_pages_free(slots, capacity * sizeof *slots);
    slots = NULL;
    capacity = 0;
    at_ordered.n_blocks = 0;
}

void at_live_each(void (*visit)(const struct at_block *block, void *arg), void *arg)
{
    for (size_t i = 0; i < capacity; i++)
        if (slots[i].address)
            visit(&slots[i], arg);
}
