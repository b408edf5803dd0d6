/* SPDX-License-Identifier: MIT */
/* track/live.h against a plain array, through growth, removal and reuse of addresses. */
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/criterion.h"
#include "track/live.h"
#include "track/region.h"

/* The table is the process's own: held, nothing else touches it, and it is given back empty. The
   suite's own budget would be judged from what this destroys, so there is none. */
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
    bool had_old = false;
    if (next_random() % 2) {
        struct at_block *slot = at_live_put(address, &found, &had_old);
        if (!slot || had_old != (oracle[i].address != 0))
            return false;
        *slot = block;
        if (had_old && found.sequence != oracle[i].sequence)
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
    bool newer_is_left = oracle[1].address == 0 || !at_live_take(oracle[1].address, 0, &found);
    at_live_clear();
    at_tracker_unhold(entered);
    cr_assert(agrees);
    cr_assert_eq(n_found, n_expected);
    cr_assert(newer_is_left, "a block is not taken by an event older than itself");
}
