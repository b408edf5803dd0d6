/* SPDX-License-Identifier: MIT */
/* See replay_work.h. */
#include "replay_work.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/permit.h"

static struct slot {
    int taken; /* atomic */
    struct held held;
} slots[N_SLOTS];

bool replay_suppresses;

static unsigned pick(struct worker *worker, unsigned n)
{
    worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (worker->random >> 33) % n;
}

static struct step *add_step(struct worker *worker, enum step_kind kind)
{
    struct step *step = &worker->list.steps[worker->list.n++];
    *step = (struct step){ .kind = kind,
                           .block = NO_BLOCK,
                           .old = NO_BLOCK,
                           .number = ++worker->number,
                           .permit = worker->permit };
    return step;
}

void replay_read(struct at_region *region, struct composition *seen)
{
    memset(seen, 0, sizeof *seen);
    seen->usage = at_region_usage(region);
    for (size_t i = 0; i < at_region_n_sites(region); i++) {
        struct at_site site;
        at_region_site(region, i, &site);
        int number = calls_site_of(site.function, site.frames, site.n_frames);
        if (number < 0)
            replay_fail(site.function, 0, number);
        seen->peak[number].count += site.peak_count;
        seen->peak[number].bytes += site.peak_bytes;
        seen->live[number].count += site.live_count;
        seen->live[number].bytes += site.live_bytes;
    }
    seen->peak[UNSITED] = at_region_site_at_peak(region, &region->unsited);
    seen->live[UNSITED] =
        (struct at_site_part){ region->unsited.live_count, region->unsited.live_bytes };
    seen->peak[BEFORE] = at_region_site_at_peak(region, &region->before);
    seen->live[BEFORE] =
        (struct at_site_part){ region->before.live_count, region->before.live_bytes };
}

static void open_region(struct worker *worker, unsigned i)
{
    struct step *step = add_step(worker, STEP_OPEN);
    step->watch = worker->id * WATCHES_EACH + i;
    step->scope = pick(worker, 3) ? AT_PROCESS : AT_THREAD;
    step->sites = pick(worker, 4) > 0;
    const struct at_region_options options = { .scope = step->scope, .sites = step->sites };
    if (at_region_open(&options, &worker->regions[i]) != AT_OK)
        abort();
    worker->sealed[i] = false;
}

static void close_region(struct worker *worker, unsigned i)
{
    struct step *step = add_step(worker, STEP_CLOSE);
    step->watch = worker->id * WATCHES_EACH + i;
    step->seen = &worker->closed[worker->n_closed++];
    at_region_end(worker->regions[i]);
    replay_read(worker->regions[i], step->seen);
    worker->regions[i] = at_region_free(worker->regions[i]);
}

static void change_region(struct worker *worker)
{
    unsigned i = pick(worker, WATCHES_EACH), what = pick(worker, 8);
    struct at_region *region = worker->regions[i];
    if (!region) {
        open_region(worker, i);
    } else if (what == 0 && !worker->sealed[i]) {
        add_step(worker, STEP_SEAL)->watch = worker->id * WATCHES_EACH + i;
        worker->sealed[i] = replay_notes_number = true;
        at_region_seal(region);
        replay_notes_number = false;
    } else if (what < 4 && !region->options.sites) {
        add_step(worker, STEP_WANT_SITES)->watch = worker->id * WATCHES_EACH + i;
        replay_notes_number = true;
        at_region_want_sites(region);
        replay_notes_number = false;
    } else if (worker->n_closed < MAX_CLOSED) {
        close_region(worker, i);
    }
}

static size_t pick_size(struct worker *worker)
{
    unsigned kind = pick(worker, 64);
    return kind < 4 ? 0 : kind < 60 ? pick(worker, 300) : pick(worker, 20000);
}

static void pick_call(struct worker *worker, struct call *call)
{
    static const size_t alignments[] = { 8, 16, 64, 4096 };
    *call = (struct call){ .member = (enum member) pick(worker, N_MEMBERS),
                           .path = pick(worker, N_PATHS),
                           .depth = pick(worker, N_DEPTHS),
                           .n = 1,
                           .size = pick_size(worker) };
    if (call->member >= ALIGNED_ALLOC && call->member <= POSIX_MEMALIGN)
        call->alignment = alignments[pick(worker, 4)];
}

/* Make the call that the worker's last step records. */
static void make_call(struct worker *worker, struct call *call, struct step *step)
{
    bool is_new = call->member == NEW || call->member == NEW_ARRAY;
    if (!is_new && pick(worker, 200) == 0) { /* it must fail */
        call->size = SIZE_MAX - pick(worker, 1000);
        step->kind = STEP_FAILED;
        calls_make(call);
        return;
    }
    step->size = is_new && call->size == 0 ? 1 : call->size;
    step->site = calls_site(call->member, call->path, call->depth);
    if (replay_suppresses && call->path == 5)
        step->permit = PERMITTED_EVERYWHERE;
    step->block = worker->numbers[--worker->n_numbers];
    calls_make(call);
    if (!call->block)
        replay_fail("a block", 1, 0);
    worker->held[worker->n_held++] = (struct held){
        .block = { .address = call->block,
                   .size = step->size,
                   .member = call->member,
                   .alignment = call->alignment,
                   .owner = worker->id },
        .number = step->block,
    };
}

static void allocate(struct worker *worker)
{
    struct call call;
    pick_call(worker, &call);
    make_call(worker, &call, add_step(worker, STEP_BEGIN));
}

static struct held take_held(struct worker *worker)
{
    unsigned i = pick(worker, worker->n_held);
    struct held held = worker->held[i];
    worker->held[i] = worker->held[--worker->n_held];
    return held;
}

static void reallocate(struct worker *worker, struct held held)
{
    struct call call;
    pick_call(worker, &call);
    call.member = pick(worker, 2) ? REALLOC : REALLOCARRAY;
    call.alignment = 0;
    call.old = held.block.address;
    struct step *step = add_step(worker, call.size ? STEP_BEGIN : STEP_END);
    step->old = held.number;
    if (call.size) {
        make_call(worker, &call, step);
    } else {
        calls_make(&call); /* glibc releases the block */
        if (call.block)
            replay_fail("the result of realloc(p, 0)", 0, 1);
    }
    if (step->kind == STEP_FAILED)
        worker->held[worker->n_held++] = held;
    else
        worker->numbers[worker->n_numbers++] = held.number;
}

static void release(struct worker *worker, struct held held)
{
    add_step(worker, STEP_END)->old = held.number;
    calls_release(&held.block, pick(worker, 3));
    worker->numbers[worker->n_numbers++] = held.number;
}

/* Exchange a block with the one in a random slot, which another thread may have left there. */
static void exchange(struct worker *worker, struct held held)
{
    struct slot *slot = &slots[pick(worker, N_SLOTS)];
    while (__atomic_exchange_n(&slot->taken, 1, __ATOMIC_ACQUIRE))
        sched_yield();
    struct held found = slot->held;
    slot->held = held;
    __atomic_store_n(&slot->taken, 0, __ATOMIC_RELEASE);
    if (found.block.address)
        worker->held[worker->n_held++] = found;
}

static void step_with_blocks(struct worker *worker)
{
    bool may_allocate = worker->n_held < MAX_BLOCKS - 1 && worker->n_numbers > 0;
    if (pick(worker, 500) == 0)
        worker->growth = 25 + pick(worker, 51);
    if (may_allocate && (worker->n_held == 0 || pick(worker, 100) < worker->growth)) {
        allocate(worker);
        return;
    }
    if (worker->n_held == 0)
        return;
    struct held held = take_held(worker);
    bool is_new = held.block.member == NEW || held.block.member == NEW_ARRAY;
    unsigned what = pick(worker, 100);
    if (what < 15)
        exchange(worker, held);
    else if (what < 40 && may_allocate && !is_new)
        reallocate(worker, held);
    else
        release(worker, held);
}

/* Make some steps inside a permit. */
static __attribute__((noinline)) void make_permitted_steps(struct worker *worker, size_t n,
                                                           unsigned depth)
{
    struct at_permit permit;
    uint64_t outer = worker->permit;
    at_permit_begin(&permit);
    worker->permit = ++worker->number;
    replay_make_steps(worker, n, depth + 1);
    at_permit_end(&permit);
    worker->permit = outer;
}

void replay_make_steps(struct worker *worker, size_t n, unsigned depth)
{
    size_t end = worker->list.n + n < ROUND ? worker->list.n + n : ROUND;
    for (size_t i = 0; i < 2 * n && worker->list.n < end; i++) {
        unsigned what = pick(worker, 400);
        if (what == 0 && depth < 2)
            make_permitted_steps(worker, 1 + pick(worker, 30), depth);
        else if (what < 6)
            change_region(worker);
        else
            step_with_blocks(worker);
    }
}
