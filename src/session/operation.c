/* SPDX-License-Identifier: MIT */
/* See operation.h. */
#include "session/operation.h"

#include <string.h>

#include "base/lock.h"
#include "base/pages.h"

enum { PAGE = 4096 };

enum { N_PER_PAGE = (PAGE - sizeof(void *)) / sizeof(struct at_pending) };

struct at_pending_page {
    struct at_pending_page *next;
    struct at_pending pending[N_PER_PAGE];
};

/* Operations share chunks of pages, because a page for each of thousands of operations would be a
   waste. */
enum { CHUNK = 64 << 10 };

struct at_operation_chunk {
    struct at_operation_chunk *next;
    size_t size;
    size_t used;
    _Alignas(AT_CACHE_LINE) char bytes[];
};

static uint64_t last_serial; /* atomic */

/* Operations share these locks, because a fork takes all locks, and a session may have thousands of
   operations. */
static struct {
    struct at_lock lock;
} __attribute__((aligned(64))) locks[AT_N_OPERATION_LOCKS];

static struct at_lock *lock_of(const struct at_operation *operation)
{
    return &locks[operation->serial % AT_N_OPERATION_LOCKS].lock;
}

void at_operation_start(void)
{
    for (int i = 0; i < AT_N_OPERATION_LOCKS; i++)
        at_lock_list(AT_LOCK_OPERATION + i, &locks[i].lock);
}

static void *take_from_chunk(struct at_operation_chunk **chunks, size_t size)
{
    struct at_operation_chunk *chunk = *chunks;
    if (!chunk || size > chunk->size - sizeof *chunk - chunk->used) {
        size_t whole = size > CHUNK - sizeof *chunk ? size + sizeof *chunk : CHUNK;
        chunk = at_pages_new(whole);
        if (!chunk)
            return NULL;
        chunk->next = *chunks;
        chunk->size = whole;
        *chunks = chunk;
    }
    void *taken = chunk->bytes + chunk->used;
    chunk->used += size;
    return taken;
}

struct at_operation *at_operation_new(struct at_operation_chunk **chunks, const char *name)
{
    size_t size = sizeof(struct at_operation) + strlen(name) + AT_CACHE_LINE;
    struct at_operation *operation = take_from_chunk(chunks, size - size % AT_CACHE_LINE);
    if (!operation)
        return NULL;
    operation->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    at_moments_init(&operation->moments);
    strcpy(operation->name, name);
    return operation;
}

void at_operation_free(struct at_operation *operation)
{
    for (struct at_pending_page *page = operation->pages, *next; page; page = next) {
        next = page->next;
        at_pages_free(page, sizeof *page);
    }
}

void at_operation_free_chunks(struct at_operation_chunk *chunks)
{
    for (struct at_operation_chunk *next; chunks; chunks = next) {
        next = chunks->next;
        at_pages_free(chunks, chunks->size);
    }
}

/* Return the thread's buffer among `n` buffers, or NULL. Store a free buffer, if there is one, in
   `*free_one`. */
static struct at_pending *find_pending(struct at_pending *buffers, size_t n,
                                       const struct at_thread *self, struct at_pending **free_one)
{
    for (size_t i = 0; i < n; i++) {
        if (buffers[i].owner == self)
            return &buffers[i];
        if (!buffers[i].owner)
            *free_one = &buffers[i];
    }
    return NULL;
}

/* Return the thread's buffer, or a new one if the thread has none; NULL if memory ran out. Lock
 * held. */
static struct at_pending *find_or_take_pending(struct at_operation *operation,
                                               const struct at_thread *self)
{
    struct at_pending *free_one = NULL;
    struct at_pending *own = find_pending(&operation->first, 1, self, &free_one);
    for (struct at_pending_page *page = operation->pages; page && !own; page = page->next)
        own = find_pending(page->pending, N_PER_PAGE, self, &free_one);
    if (own)
        return own;
    if (!free_one) {
        struct at_pending_page *fresh = at_pages_new(sizeof *fresh);
        if (!fresh)
            return NULL;
        fresh->next = operation->pages;
        operation->pages = fresh;
        free_one = &fresh->pending[0];
    }
    free_one->owner = self;
    return free_one;
}

struct at_pending *at_operation_pending(struct at_operation *operation, struct at_thread *self)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        return NULL; /* exited threads share one block */
    at_lock_acquire(lock_of(operation));
    struct at_pending *pending = find_or_take_pending(operation, self);
    at_lock_release(lock_of(operation));
    if (pending)
        self->pending[operation->serial % AT_N_KNOWN_PENDING] =
            (struct at_known_pending){ operation->serial, pending };
    return pending;
}

void at_operation_settle(struct at_operation *operation, struct at_pending *pending)
{
    at_lock_acquire(lock_of(operation));
    at_moments_add(&operation->moments, pending->samples, pending->n_samples);
    __atomic_store_n(&pending->n_samples, 0, __ATOMIC_RELAXED);
    at_lock_release(lock_of(operation));
}

void at_operation_add(struct at_operation *operation, const struct at_sample *sample,
                      const struct at_usage *tracked)
{
    at_lock_acquire(lock_of(operation));
    if (tracked)
        at_moments_add_tracked(&operation->moments, sample, tracked->peak, tracked->live);
    else
        at_moments_add(&operation->moments, sample, 1);
    at_lock_release(lock_of(operation));
}

static void add_pending(struct at_moments *moments, const struct at_pending *pending)
{
    at_moments_add(moments, pending->samples,
                   __atomic_load_n(&pending->n_samples, __ATOMIC_ACQUIRE));
}

struct at_moments at_operation_moments(struct at_operation *operation)
{
    at_lock_acquire(lock_of(operation));
    struct at_moments moments = operation->moments;
    add_pending(&moments, &operation->first);
    for (const struct at_pending_page *page = operation->pages; page; page = page->next)
        for (size_t i = 0; i < N_PER_PAGE; i++)
            add_pending(&moments, &page->pending[i]);
    at_lock_release(lock_of(operation));
    return moments;
}
