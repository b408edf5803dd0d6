/* SPDX-License-Identifier: MIT */
/* track/live.h, compared with a plain array: growth, removal and reuse of addresses. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "alloc_tracker/criterion.h"
#include "track/live.h"
#include "track/region.h"

/* The test uses the table of the process. While it holds the lock, no other code uses the table. It
   leaves the table empty, so the suite has no budget, which would need the old records. */
enum { N_ADDRESSES = 20000, N_STEPS = 200000 };

static struct at_block oracle[N_ADDRESSES];
static uint64_t random_state = 0x2545F4914F6CDD1D;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static bool step(uint64_t sequence)
{
    size_t i = next_random() % N_ADDRESSES;
    uintptr_t address = 0x10000 + 16 * i;
    struct at_block block = { .address = address, .size = i, .sequence = sequence };
    struct at_block found;
    if (next_random() % 2) {
        struct at_block *slot = at_live_put(address, &found);
        if (!slot || found.address != oracle[i].address)
            return false;
        *slot = block;
        if (found.address && found.sequence != oracle[i].sequence)
            return false;
        oracle[i] = block;
        return true;
    }
    bool taken = at_live_take(address, sequence, &found);
    if (taken != (oracle[i].address != 0) || (taken && found.sequence != oracle[i].sequence))
        return false;
    oracle[i].address = 0;
    return true;
}

static void count(const struct at_block *block, void *arg)
{
    size_t i = (block->address - 0x10000) / 16;
    *(size_t *) arg += oracle[i].address == block->address && oracle[i].size == block->size;
}

Test(live, agrees_with_an_array)
{
    bool entered = at_tracker_hold();
    at_live_clear();
    bool agrees = true;
    for (uint64_t i = 1; agrees && i <= N_STEPS; i++)
        agrees = step(i);
    size_t n_expected = 0, n_found = 0;
    for (size_t i = 0; i < N_ADDRESSES; i++)
        n_expected += oracle[i].address != 0;
    at_live_each(count, &n_found);
    struct at_block found;
    size_t i = 0;
    while (oracle[i].address == 0)
        i++;
    bool newer_is_left = !at_live_take(oracle[i].address, oracle[i].sequence - 1, &found);
    at_live_clear();
    at_tracker_unhold(entered);
    cr_assert(agrees);
    cr_assert_eq(n_found, n_expected);
    cr_assert(newer_is_left, "an older event does not remove a block");
}

static void count_all(const struct at_block *block, void *arg)
{
    (void) block;
    ++*(size_t *) arg;
}

static size_t n_live(void)
{
    size_t n = 0;
    bool entered = at_tracker_hold();
    at_live_each(count_all, &n);
    at_tracker_unhold(entered);
    return n;
}

/* The kernel refuses pages, but the heap has room: blocks that do not fit the table are dropped. */
Test(live, a_table_that_cannot_grow)
{
    enum { N_BLOCKS = 6000, FIRST_TABLE = 1024 };
    static void *blocks[N_BLOCKS];
    for (size_t i = 0; i < N_BLOCKS; i++)
        blocks[i] = malloc(24);
    void *last = malloc(24); /* keep the heap's end in place */
    for (size_t i = 0; i < N_BLOCKS; i++)
        free(blocks[i]);
    bool entered = at_tracker_hold();
    at_live_clear();
    at_tracker_unhold(entered);
    struct at_region *region = NULL;
    cr_assert_eq(at_region_begin(AT_PROCESS, &region), AT_OK);
    blocks[0] = malloc(24); /* the first table */
    struct rlimit before, none;
    getrlimit(RLIMIT_AS, &before);
    none = (struct rlimit){ 1, before.rlim_max };
    setrlimit(RLIMIT_AS, &none);
    for (size_t i = 1; i < N_BLOCKS; i++)
        blocks[i] = malloc(24);
    setrlimit(RLIMIT_AS, &before);
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    size_t n = n_live();
    cr_assert_eq(usage.allocs, N_BLOCKS);
    cr_assert_eq(n, FIRST_TABLE - 1, "one slot stays empty");
    cr_assert_eq(usage.dropped, N_BLOCKS - (FIRST_TABLE - 1));
    at_region_free(region);
    free(last);
}
