/* SPDX-License-Identifier: MIT */
/*
 * An operation with the sums of its spans.
 *
 * A thread stores the samples of its spans in a buffer to which no other thread writes, and adds a
 * full buffer to the operation. So the operation's lock is taken once for AT_N_PENDING spans, and
 * threads that end spans of one operation seldom wait for each other. Readers include the buffered
 * samples.
 */
#ifndef AT_SESSION_OPERATION_H
#define AT_SESSION_OPERATION_H

#include "alloc_tracker/region.h"
#include "session/moments.h"
#include "track/thread.h"

enum { AT_N_PENDING = 15 };

/* The buffer of a thread. */
struct at_pending {
    const struct at_thread *owner; /* lock: NULL: free; stays with the thread's block, which later
                                      threads may get */
    uint32_t n_samples; /* atomic: the owner adds to it, and resets it with the lock held */
    struct at_sample samples[AT_N_PENDING];
};

struct at_pending_page;
struct at_operation_chunk;

enum { AT_CACHE_LINE = 64 };

/* Operations share no cache line, nor do the buffers of two threads with other data. */
struct at_operation {
    struct at_operation *next;
    uint64_t serial;               /* unique in the process, unlike an address */
    bool unobserved;               /* atomic: not all allocations of a span were observed */
    struct at_moments moments;     /* lock */
    struct at_pending_page *pages; /* lock: buffers of all threads but the first */
    _Alignas(AT_CACHE_LINE) struct at_pending first; /* buffer of the first thread */
    _Alignas(AT_CACHE_LINE) char name[];
};

/* Register the locks for fork(). Call this function before the first operation is created. */
void at_operation_start(void);

/* Create an operation in `chunks`, a list that begins as NULL. Return NULL if memory ran out. */
struct at_operation *at_operation_new(struct at_operation_chunk **chunks, const char *name);

/* Release the buffers of an operation. at_operation_free_chunks() then releases all operations of
   `chunks`. */
void at_operation_free(struct at_operation *operation);
void at_operation_free_chunks(struct at_operation_chunk *chunks);

/* Return the buffer of the thread with the block `self`; NULL if it has none and cannot get one. */
struct at_pending *at_operation_pending(struct at_operation *operation, struct at_thread *self);

/* Add the samples of a buffer to the operation, and empty the buffer. */
void at_operation_settle(struct at_operation *operation, struct at_pending *pending);

/* Add a sample without a buffer. `tracked` may be NULL. */
void at_operation_add(struct at_operation *operation, const struct at_sample *sample,
                      const struct at_usage *tracked);

/* Record a sample of the calling thread, which has the block `self`. Not in a signal handler. */
static inline void at_operation_record(struct at_operation *operation, struct at_thread *self,
                                       const struct at_sample *sample)
{
    const struct at_known_pending *known = &self->pending[operation->serial % AT_N_KNOWN_PENDING];
    struct at_pending *pending = known->pending;
    if (__builtin_expect(known->operation != operation->serial, 0))
        pending = at_operation_pending(operation, self);
    if (__builtin_expect(!pending, 0)) {
        at_operation_add(operation, sample, NULL);
        return;
    }
    if (pending->n_samples == AT_N_PENDING)
        at_operation_settle(operation, pending);
    pending->samples[pending->n_samples] = *sample;
    __atomic_store_n(&pending->n_samples, pending->n_samples + 1, __ATOMIC_RELEASE);
}

/* Return the sums, with buffered samples. */
struct at_moments at_operation_moments(struct at_operation *operation);

#endif
