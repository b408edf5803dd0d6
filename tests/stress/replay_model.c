/* SPDX-License-Identifier: MIT */
/* See replay.h. No code is shared with the library. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay.h"

enum { EXCLUDED = N_PARTS }; /* a permit or a suppression excluded the block */

struct part {
    int64_t count;
    int64_t bytes;
};

/* A region. */
struct watch {
    bool open;
    bool sealed;
    bool sites;
    enum at_scope scope;
    unsigned opener;     /* thread */
    uint64_t opened;     /* number of the step of its thread */
    uint32_t generation; /* of this slot */
    int64_t live;
    int64_t peak;
    struct part now[N_PARTS];
    struct part at_peak[N_PARTS];
};

struct model_block {
    bool live;
    size_t size;
    /* For each slot: the region that has counted the block, and its part there. */
    struct {
        uint32_t generation;
        unsigned part;
    } in[MAX_WATCHES];
};

static struct watch watches[MAX_WATCHES];
static struct model_block blocks[MAX_IDS];
static uint64_t n_peaks;
static uint64_t n_compared; /* parts that are not empty */

void *replay_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    return pages;
}

void replay_fail(const char *what, int64_t expected, int64_t seen)
{
    dprintf(2, "replay: %s: expected %lld, seen %lld\n", what, (long long) expected,
            (long long) seen);
    _exit(1);
}

static bool sees(const struct watch *watch, unsigned thread)
{
    return watch->scope == AT_PROCESS || thread == watch->opener;
}

/* A permit excludes events from a region of another thread, and from an older region of its own. */
static bool is_excluded(const struct watch *watch, unsigned thread, uint64_t permit)
{
    return permit && (thread != watch->opener || permit > watch->opened);
}

static void change(struct watch *watch, unsigned part, int64_t count, size_t size)
{
    watch->now[part].count += count;
    watch->now[part].bytes += count * (int64_t) size;
    watch->live += count * (int64_t) size;
}

static void begin_block(unsigned thread, const struct step *step)
{
    struct model_block *block = &blocks[step->block];
    if (block->live)
        replay_fail("a block begins again before it ends", 0, step->block);
    *block = (struct model_block){ .live = true, .size = step->size };
    for (unsigned i = 0; i < MAX_WATCHES; i++) {
        struct watch *watch = &watches[i];
        if (!watch->open || watch->sealed || !sees(watch, thread))
            continue;
        block->in[i].generation = watch->generation;
        block->in[i].part = is_excluded(watch, thread, step->permit) ? EXCLUDED
                            : watch->sites                           ? step->site
                                                                     : UNSITED;
        if (block->in[i].part == EXCLUDED)
            continue;
        change(watch, block->in[i].part, 1, step->size);
        if (watch->live <= watch->peak)
            continue;
        watch->peak = watch->live;
        memcpy(watch->at_peak, watch->now, sizeof watch->now);
        n_peaks++;
    }
}

static void end_block(unsigned thread, uint32_t number)
{
    struct model_block *block = &blocks[number];
    if (!block->live)
        replay_fail("a block ends before it begins", 1, number);
    block->live = false;
    for (unsigned i = 0; i < MAX_WATCHES; i++) {
        struct watch *watch = &watches[i];
        if (!watch->open || watch->sealed)
            continue;
        bool counted = block->in[i].generation == watch->generation;
        if (counted && block->in[i].part != EXCLUDED)
            change(watch, block->in[i].part, -1, block->size);
        else if (!counted && sees(watch, thread))
            change(watch, BEFORE, -1, block->size);
    }
}

static void open_watch(unsigned thread, const struct step *step)
{
    struct watch *watch = &watches[step->watch];
    uint32_t generation = watch->generation + 1;
    *watch = (struct watch){
        .open = true,
        .sites = step->sites,
        .scope = step->scope,
        .opener = thread,
        .opened = step->number,
        .generation = generation,
    };
}

static void compare_parts(const char *what, const struct part *expected,
                          const struct at_site_part *seen)
{
    for (unsigned i = 0; i < N_PARTS; i++) {
        if (expected[i].count != (int64_t) seen[i].count)
            replay_fail(what, expected[i].count, (int64_t) seen[i].count);
        if (expected[i].bytes != (int64_t) seen[i].bytes)
            replay_fail(what, expected[i].bytes, (int64_t) seen[i].bytes);
        n_compared += expected[i].count != 0;
    }
}

void replay_compare(unsigned number, const struct composition *seen)
{
    const struct watch *watch = &watches[number];
    if (watch->live != seen->usage.live)
        replay_fail("live", watch->live, seen->usage.live);
    if (watch->peak != seen->usage.peak)
        replay_fail("peak", watch->peak, seen->usage.peak);
    if (seen->usage.dropped || seen->usage.unknown)
        replay_fail("dropped or unknown", 0, (int64_t) seen->usage.dropped);
    compare_parts("a part of the peak", watch->at_peak, seen->peak);
    compare_parts("a part of live", watch->now, seen->live);
}

void replay_step(struct step_list *list, unsigned thread)
{
    if (list->next == list->n)
        replay_fail("steps of a thread", (int64_t) list->n, (int64_t) list->next + 1);
    const struct step *step = &list->steps[list->next++];
    switch (step->kind) {
        case STEP_BEGIN:
            if (step->old != NO_BLOCK)
                end_block(thread, step->old);
            begin_block(thread, step);
            break;
        case STEP_END: end_block(thread, step->old); break;
        case STEP_FAILED: break;
        case STEP_OPEN: open_watch(thread, step); break;
        case STEP_CLOSE:
            replay_compare(step->watch, step->seen);
            watches[step->watch].open = false;
            break;
        case STEP_SEAL: watches[step->watch].sealed = true; break;
        case STEP_WANT_SITES: watches[step->watch].sites = true; break;
    }
}

uint64_t replay_n_peaks(void)
{
    return n_peaks;
}

uint64_t replay_n_compared(void)
{
    return n_compared;
}
