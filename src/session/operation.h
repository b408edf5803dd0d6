/* SPDX-License-Identifier: MIT */
/*
 * An operation: what has been recorded of its spans.
 *
 * A thread puts the spans that it ends aside, where it alone writes, and adds them up a batch at a
 * time: the operation's lock is taken once in AT_N_PENDING spans, and threads that end spans of one
 * operation do not meet at each. Whoever reads counts what was put aside as well.
 */
#ifndef AT_SESSION_OPERATION_H
#define AT_SESSION_OPERATION_H

#include "alloc_tracker/region.h"
#include "session/moments.h"
#include "track/thread.h"

enum { AT_N_PENDING = 15 };

struct at_pending {
    const struct at_thread *owner; /* lock: NULL for nobody yet; the block's later owners follow */
    uint32_t n_samples;            /* atomic: the owner adds; only with the lock it goes back */
    struct at_sample samples[AT_N_PENDING];
};

struct at_pending_page;
struct at_operation_chunk;

enum { AT_CACHE_LINE = 64 };

/* Threads that use different operations share no cache line, nor do the threads of one operation.
 */
struct at_operation {
    struct at_operation *next;
    uint64_t serial;               /* never used again, as an address is */
    bool unobserved;               /* atomic: not all that a span counts was seen */
    struct at_moments moments;     /* its lock */
    struct at_pending_page *pages; /* its lock: for every thread but the first */
    _Alignas(AT_CACHE_LINE) struct at_pending first; /* the first thread's */
    _Alignas(AT_CACHE_LINE) char name[];
};

/* Lists the locks, before the first operation. */
void at_operation_start(void);

/* Return a new operation in `chunks`, a list that begins as NULL; NULL without memory. */
struct at_operation *at_operation_new(struct at_operation_chunk **chunks, const char *name);

/* Release what belongs to the operation alone, and then all the operations of `chunks`. */
void at_operation_free(struct at_operation *operation);
void at_operation_free_chunks(struct at_operation_chunk *chunks);

/* Where the thread whose block `self` is puts its samples aside; NULL where it cannot. */
struct at_pending *at_operation_pending(struct at_operation *operation, struct at_thread *self);
void at_operation_settle(struct at_operation *operation, struct at_pending *pending);

/* Adds a sample at once; `tracked` may be NULL. */
void at_operation_add(struct at_operation *operation, const struct at_sample *sample,
                      const struct at_usage *tracked);

/* By the thread whose block `self` is. Not for a signal handler. */
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

struct at_moments at_operation_moments(struct at_operation *operation);

#endif
