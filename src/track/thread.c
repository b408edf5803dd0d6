/* SPDX-License-Identifier: MIT */
/* See thread.h. No function here allocates or takes a lock. */
#define _GNU_SOURCE
#include "track/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "attribution/loaded.h"
#include "base/pages.h"

enum { PAGE = 4096, N_FIRST = 16 };

static struct at_thread boot = { .state = AT_STATE_BOOT };
static struct at_thread dead = { .state = AT_STATE_DEAD };
static struct at_thread first[N_FIRST];

__thread struct at_thread *at_self __attribute__((tls_model("initial-exec"))) = &boot;
__thread struct at_thread_local at_local __attribute__((tls_model("initial-exec")));

static struct at_thread *head;
static uint32_t first_state; /* atomic: 0 unused, 1 being pushed, 2 pushed */
uintptr_t at_armed;
static uint32_t last_serial;
static pthread_key_t key;
static uint32_t key_state; /* atomic: 0 before the constructor, 1 once the key exists */

static void push_blocks(struct at_thread *blocks, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        blocks[i].next = &blocks[i + 1];
    struct at_thread *old = __atomic_load_n(&head, __ATOMIC_RELAXED);
    do
        blocks[n - 1].next = old;
    while (
        !__atomic_compare_exchange_n(&head, &old, blocks, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* Return a block that no thread owns, or NULL if there is no memory. */
static struct at_thread *claim_block(void)
{
    struct at_thread *block = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; block; block = block->next) {
        uint32_t unowned = 0;
        if (__atomic_compare_exchange_n(&block->owned, &unowned, 1, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return block;
    }
    uint32_t untouched = 0;
    if (__atomic_compare_exchange_n(&first_state, &untouched, 1, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
        first[0].owned = 1;
        push_blocks(first, N_FIRST);
        __atomic_store_n(&first_state, 2, __ATOMIC_RELEASE);
        return &first[0];
    }
    block = at_pages_new(PAGE);
    if (!block)
        return NULL;
    block->owned = 1;
    push_blocks(block, PAGE / sizeof *block);
    return block;
}

static void (*on_end)(void);

void at_thread_on_end(void (*function)(void))
{
    on_end = function;
}

static void release_block(void *arg)
{
    struct at_thread *self = arg;
    if (on_end)
        on_end();
    if (++self->destructor_rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        pthread_setspecific(key, self);
        return;
    }
    at_self = &dead;
    __atomic_store_n(&self->owned, 0, __ATOMIC_RELEASE);
}

/* Have release_block() called with the block when the thread ends. */
static void set_destructor(struct at_thread *self)
{
    if (__atomic_load_n(&key_state, __ATOMIC_ACQUIRE) == 0)
        return;
    /* pthread_setspecific() may allocate memory for this library, which must not be counted. */
    at_suspend();
    struct at_counters before = self->counters;
    pthread_setspecific(key, self);
    self->counters = before;
    at_resume();
}

struct at_thread *at_thread_attach(void)
{
    int saved = errno;
    struct at_thread *self = claim_block();
    if (!self) {
        at_self = &dead;
        return &dead;
    }
    self->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    self->destructor_rounds = 0;
    __atomic_store_n(&self->n_regions, 0, __ATOMIC_RELAXED);
    self->base = self->counters;
    at_self = self;
    /* The block is in the list: a later at_thread_arm() changes its state. Bits that were set
       earlier are read here. */
    __atomic_store_n(&self->state, 0, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&self->state, __atomic_load_n(&at_armed, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
    set_destructor(self);
    errno = saved;
    return self;
}

void at_thread_arm(uintptr_t bits)
{
    uintptr_t before = __atomic_fetch_or(&at_armed, bits, __ATOMIC_SEQ_CST);
    struct at_thread *block = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; block; block = block->next)
        __atomic_fetch_or(&block->state, bits, __ATOMIC_SEQ_CST);
    if (!before)
        at_loaded_change(); /* the fast path does not notice unloading */
}

void at_thread_disarm(uintptr_t bits)
{
    __atomic_fetch_and(&at_armed, ~bits, __ATOMIC_SEQ_CST);
    struct at_thread *block = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; block; block = block->next)
        __atomic_fetch_and(&block->state, ~bits, __ATOMIC_SEQ_CST);
}

void at_thread_start(void)
{
    if (key_state || pthread_key_create(&key, release_block) != 0)
        return;
    __atomic_store_n(&key_state, 1, __ATOMIC_RELEASE);
    if (at_self != &boot && at_self != &dead)
        set_destructor(at_self);
}

static void add_counters(struct at_counters *sum, const struct at_counters *part, uint64_t sign)
{
    sum->allocs += sign * at_counter_get(&part->allocs);
    sum->reallocs += sign * at_counter_get(&part->reallocs);
    sum->frees += sign * at_counter_get(&part->frees);
    sum->bytes += sign * at_counter_get(&part->bytes);
    sum->failed += sign * at_counter_get(&part->failed);
}

struct at_counters at_thread_counters(void)
{
    struct at_counters counters = { 0 };
    const struct at_thread *self = at_thread_get();
    if (self == &dead)
        return counters;
    add_counters(&counters, &self->counters, 1);
    add_counters(&counters, &self->base, UINT64_MAX);
    return counters;
}

static struct at_work work_of(const struct at_thread *block)
{
    return (struct at_work){
        .allocs = at_counter_get(&block->counters.allocs),
        .bytes = at_counter_get(&block->counters.bytes),
    };
}

struct at_work at_process_work(void)
{
    struct at_work sum = work_of(&dead);
    const struct at_thread *block = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; block; block = block->next) {
        struct at_work work = work_of(block);
        sum.allocs += work.allocs;
        sum.bytes += work.bytes;
    }
    return sum;
}

struct at_counters at_process_counters(void)
{
    struct at_counters counters = { 0 };
    add_counters(&counters, &dead.counters, 1);
    const struct at_thread *block = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
    for (; block; block = block->next)
        add_counters(&counters, &block->counters, 1);
    return counters;
}
