/* SPDX-License-Identifier: MIT */
/* See oracle_work.h. The expected result of a call is computed before the call. */
#include "oracle_work.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_tracker/failure.h"

enum outcome { GETS, FAILS, RELEASES };

struct plan {
    struct call call;
    enum outcome outcome;
    bool injected; /* it fails because of at_fail_after() */
    size_t bytes;  /* the bytes that the library must count */
};

static struct slot {
    int taken; /* atomic */
    struct block block;
} slots[N_SLOTS];

static bool has_new_handler;

unsigned work_pick(uint64_t *random, unsigned n)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (*random >> 33) % n;
}

void work_start(struct worker *worker, unsigned id, uint64_t seed)
{
    worker->id = id;
    worker->random = seed * 0x9E3779B97F4A7C15u + 1;
    worker->step = 0;
    worker->tracking_since = NEVER;
    worker->total = worker->started = worker->finished = (struct at_counters){ 0 };
}

void work_use_new_handler(bool use)
{
    has_new_handler = use;
    calls_use_new_handler(use);
}

static size_t pick_size(uint64_t *random)
{
    unsigned kind = work_pick(random, 128);
    return kind < 4     ? 0
           : kind < 90  ? work_pick(random, 300)
           : kind < 120 ? work_pick(random, 5000)
           : kind < 127 ? work_pick(random, 70000)
                        : work_pick(random, 600000);
}

static bool is_operator_new(enum member member)
{
    return member == NEW || member == NEW_ARRAY;
}

static enum member pick_member(uint64_t *random)
{
    static const enum member often[] = { MALLOC, MALLOC, MALLOC, CALLOC, CALLOC, NEW, NEW_ARRAY };
    return work_pick(random, 2) ? often[work_pick(random, sizeof often / sizeof often[0])]
                                : (enum member) work_pick(random, N_MEMBERS);
}

static void pick_alignment(uint64_t *random, struct call *call)
{
    bool required =
        call->member == ALIGNED_ALLOC || call->member == MEMALIGN || call->member == POSIX_MEMALIGN;
    if (required || (is_operator_new(call->member) && work_pick(random, 4) == 0))
        call->alignment = (size_t) 8 << work_pick(random, work_pick(random, 8) ? 7 : 12);
}

static void make_impossible(uint64_t *random, struct plan *plan)
{
    struct call *call = &plan->call;
    plan->outcome = FAILS;
    if (call->member == POSIX_MEMALIGN && work_pick(random, 2)) {
        call->alignment = work_pick(random, 2) ? 24 : 4;
        return;
    }
    if (call->member == CALLOC || call->member == REALLOCARRAY)
        call->n = work_pick(random, 2) ? 1 : (size_t) 3 << (60 + work_pick(random, 2));
    call->size = SIZE_MAX - work_pick(random, 1u << 30) - (work_pick(random, 2) ? SIZE_MAX / 2 : 0);
}

/* Fill in all members except the function and the old block. */
static void make_plan(uint64_t *random, struct plan *plan)
{
    struct call *call = &plan->call;
    call->path = work_pick(random, N_PATHS);
    call->depth = work_pick(random, N_DEPTHS);
    call->n = 1;
    call->size = pick_size(random);
    if (call->member == CALLOC || call->member == REALLOCARRAY) {
        call->n = work_pick(random, 20);
        call->size /= call->n + 1;
    }
    pick_alignment(random, call);
    call->nothrow = work_pick(random, 2);
    call->n_tries = has_new_handler ? work_pick(random, 3) : 0;
    plan->bytes = is_operator_new(call->member) && call->size == 0 ? 1 : call->n * call->size;
    if (call->old && plan->bytes == 0)
        plan->outcome = RELEASES;
    else if (work_pick(random, 100) == 0)
        make_impossible(random, plan);
    else if (work_pick(random, 200) == 0) {
        plan->injected = true;
        plan->outcome = FAILS;
        call->n_tries = 0;
    }
}

static bool throws(const struct call *call)
{
    return is_operator_new(call->member) && (has_new_handler || !call->nothrow);
}

static struct at_counters change_of(const struct plan *plan)
{
    const struct call *call = &plan->call;
    uint64_t exceptions = throws(call);
    switch (plan->outcome) {
        case GETS:
            return (struct at_counters){ .allocs = 1,
                                         .reallocs = call->old != NULL,
                                         .bytes = plan->bytes };
        case RELEASES: return (struct at_counters){ .frees = 1 };
        case FAILS: break;
    }
    return (struct at_counters){
        .allocs = exceptions,
        .frees = exceptions,
        .bytes = exceptions * EXCEPTION_BYTES,
        .failed = 1 + (is_operator_new(call->member) ? call->n_tries : 0),
    };
}

static void make_call(struct worker *worker, struct plan *plan)
{
    struct call *call = &plan->call;
    bool gets = plan->outcome == GETS;
    if (plan->injected)
        at_fail_after(0);
    errno = 0;
    calls_make(call);
    int error = errno;
    if (plan->injected)
        model_equal(worker, "failures made", 1, at_fail_end().failed);
    model_equal(worker, "a block", gets, call->block != NULL);
    bool thrown = plan->outcome == FAILS && is_operator_new(call->member) && !call->nothrow;
    model_equal(worker, "an exception", thrown, call->thrown);
    if (plan->outcome == FAILS && call->member < POSIX_MEMALIGN)
        model_equal(worker, "errno of a failure", ENOMEM, (uint64_t) error);
}

static void record_failure(struct worker *worker, const struct call *call)
{
    for (unsigned i = 0; i <= (is_operator_new(call->member) ? call->n_tries : 0); i++)
        model_failed(worker);
    if (throws(call))
        model_exception(worker, call->path, call->depth);
}

/* Return the number of bytes at both ends of a block that contain its tag. */
static size_t n_marked(size_t size)
{
    return size < 8 ? size : 8;
}

static void mark(struct block *block)
{
    size_t n = n_marked(block->size);
    memset(block->address, block->tag, n);
    memset(block->address + block->size - n, block->tag, n);
}

static void check_bytes(const struct worker *worker, const unsigned char *bytes, size_t n,
                        unsigned char tag)
{
    for (size_t i = 0; i < n; i++)
        model_equal(worker, "a block's bytes", tag, bytes[i]);
}

static void check_marks(const struct worker *worker, const struct block *block)
{
    size_t n = n_marked(block->size);
    check_bytes(worker, block->address, n, block->tag);
    check_bytes(worker, block->address + block->size - n, n, block->tag);
}

static void keep(struct worker *worker, const struct plan *plan)
{
    const struct call *call = &plan->call;
    struct block *block = &worker->blocks[worker->n_blocks++];
    *block = (struct block){
        .address = call->block,
        .size = plan->bytes,
        .alignment = call->alignment,
        .birth = __atomic_load_n(&model.clock, __ATOMIC_SEQ_CST),
        .owner = worker->id,
        .site = calls_site(call->member, call->path, call->depth),
        .member = call->member,
        .tag = (unsigned char) worker->step,
    };
    if (call->alignment)
        model_equal(worker, "alignment", 0, (uintptr_t) block->address % call->alignment);
    if (call->member == CALLOC) {
        check_bytes(worker, block->address, n_marked(block->size), 0);
        check_bytes(worker, block->address + block->size - n_marked(block->size),
                    n_marked(block->size), 0);
    }
    mark(block);
}

static void allocate(struct worker *worker)
{
    struct plan plan = { .call.member = pick_member(&worker->random) };
    make_plan(&worker->random, &plan);
    struct at_counters change = change_of(&plan);
    model_starts(worker, change);
    make_call(worker, &plan);
    if (plan.outcome == GETS) {
        model_alloc(worker, calls_site(plan.call.member, plan.call.path, plan.call.depth),
                    plan.bytes, false);
        keep(worker, &plan);
    } else {
        record_failure(worker, &plan.call);
    }
    model_finishes(worker, change);
}

static void forget(struct worker *worker, unsigned i)
{
    worker->blocks[i] = worker->blocks[--worker->n_blocks];
}

static void reallocate(struct worker *worker, unsigned i)
{
    struct block old = worker->blocks[i];
    struct plan plan = { .call.member = work_pick(&worker->random, 3) ? REALLOC : REALLOCARRAY,
                         .call.old = old.address };
    make_plan(&worker->random, &plan);
    struct at_counters change = change_of(&plan);
    model_starts(worker, change);
    make_call(worker, &plan);
    if (plan.outcome == FAILS) {
        record_failure(worker, &plan.call);
        check_marks(worker, &old);
        model_finishes(worker, change);
        return;
    }
    forget(worker, i);
    model_end_block(worker, &old);
    if (plan.outcome == RELEASES) {
        model_free(worker);
    } else {
        size_t kept = n_marked(old.size < plan.bytes ? old.size : plan.bytes);
        check_bytes(worker, plan.call.block, kept, old.tag);
        model_alloc(worker, calls_site(plan.call.member, plan.call.path, plan.call.depth),
                    plan.bytes, true);
        keep(worker, &plan);
    }
    model_finishes(worker, change);
}

static void release(struct worker *worker, const struct block *block)
{
    static const struct at_counters change = { .frees = 1 };
    check_marks(worker, block);
    model_starts(worker, change);
    errno = EXDEV;
    calls_release(block, work_pick(&worker->random, 3));
    model_equal(worker, "errno after a release", EXDEV, (uint64_t) errno);
    model_end_block(worker, block);
    model_free(worker);
    model_finishes(worker, change);
}

/* Exchange a block of this thread with the block in a random slot. */
static void exchange_block(struct worker *worker, unsigned i)
{
    struct slot *slot = &slots[work_pick(&worker->random, N_SLOTS)];
    while (__atomic_exchange_n(&slot->taken, 1, __ATOMIC_ACQUIRE))
        sched_yield();
    struct block found = slot->block;
    slot->block = worker->blocks[i];
    __atomic_store_n(&slot->taken, 0, __ATOMIC_RELEASE);
    if (found.address)
        worker->blocks[i] = found;
    else
        forget(worker, i);
}

/* Return the index of a block that this thread may release now, or -1. */
static int pick_block(struct worker *worker, bool exchange)
{
    unsigned start = worker->n_blocks ? work_pick(&worker->random, worker->n_blocks) : 0;
    for (unsigned i = 0; i < worker->n_blocks; i++) {
        unsigned at = (start + i) % worker->n_blocks;
        if (exchange || worker->blocks[at].owner == worker->id)
            return (int) at;
    }
    return -1;
}

void work_step(struct worker *worker, bool exchange)
{
    unsigned what = work_pick(&worker->random, 100);
    int i = what < 56 || worker->n_blocks == N_BLOCKS ? pick_block(worker, exchange) : -1;
    worker->step++;
    if (i < 0 && worker->n_blocks == N_BLOCKS)
        free(NULL); /* all of its blocks belong to other threads */
    else if (i < 0)
        allocate(worker);
    else if (exchange && what < 12)
        exchange_block(worker, (unsigned) i);
    else if (what < 25 && !is_operator_new(worker->blocks[i].member))
        reallocate(worker, (unsigned) i);
    else {
        struct block block = worker->blocks[i];
        forget(worker, (unsigned) i);
        release(worker, &block);
    }
}

void work_drain(struct worker *worker)
{
    while (worker->n_blocks > 0) {
        worker->step++;
        release(worker, &worker->blocks[--worker->n_blocks]);
    }
}

void work_drain_slots(struct worker *worker)
{
    for (unsigned i = 0; i < N_SLOTS; i++) {
        if (!slots[i].block.address)
            continue;
        worker->step++;
        release(worker, &slots[i].block);
        slots[i].block.address = NULL;
    }
}
