/* SPDX-License-Identifier: MIT */
/*
 * One block of counters per thread, in a registry that outlives the threads.
 *
 * A thread reaches its block through one initial-exec TLS pointer. Every thread starts with the
 * shared boot block, whose state sends its first call to the slow path, which claims a block: one
 * that an exited thread left, or a new one pushed on a lock-free list. Blocks are never unlinked
 * and keep counting where their last owner stopped, so a process total is the sum over the list,
 * exited threads included, and the list is as long as the most threads that were alive at once.
 * After its last destructor round a thread falls back to the shared dead block, whose counters are
 * atomic.
 *
 * `state` selects between the fast and the slow path: the fast path tests nothing else. Bits that
 * concern the whole process are kept in one global word as well, which is the truth; a block's copy
 * may be stale for a moment, and only ever in the direction of the slow path.
 */
#ifndef AT_TRACK_THREAD_H
#define AT_TRACK_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc_tracker/counters.h"
#include "base/counter.h"
#include "unwind/activation.h"

/*
 * The state's bits lie above the sizes that the fast path accepts, so that one test of
 * (size | state) >> AT_FAST_SHIFT refuses both an armed thread and a large request. Large requests
 * take the slow path because they can fail, and a failed call must not be counted.
 */
enum { AT_FAST_SHIFT = 16 };

#define AT_STATE_BOOT ((uintptr_t) 1 << 16)      /* no block claimed yet */
#define AT_STATE_DEAD ((uintptr_t) 1 << 17)      /* the thread is past its last destructor */
#define AT_STATE_SANITIZED ((uintptr_t) 1 << 18) /* a sanitizer's allocator is beneath */
#define AT_STATE_TRACK ((uintptr_t) 1 << 19)     /* blocks are recorded, regions may be open */
#define AT_STATE_PANIC ((uintptr_t) 1 << 20)     /* the next allocation panics */
#define AT_STATE_FAIL ((uintptr_t) 1 << 21)      /* this thread's allocations are made to fail */
#define AT_STATE_INNER ((uintptr_t) 1 << 22)     /* it may be part of one that was counted */

struct at_guard_record;
struct at_pending;
struct at_stack_cache;

enum { AT_N_KNOWN_PENDING = 4 };

/* Where the owner's ended spans wait, by the serial number of their operation; see
   session/operation.h. */
struct at_known_pending {
    uint64_t operation; /* 0 for none */
    struct at_pending *pending;
};

struct at_thread {
    uintptr_t state; /* atomic: armed and disarmed by other threads */
    struct at_counters counters;
    struct at_thread
        *next;      /* with the above in one cache line: whoever sums them all reads no more */
    uint32_t owned; /* atomic: 1 while a thread uses the block */
    uint32_t serial;
    uint32_t n_regions; /* atomic: open regions of this thread's own that want stacks */
    uint32_t destructor_rounds;
    struct at_counters base;            /* the counters when the present owner claimed the block */
    struct at_stack_cache *stack_cache; /* the owner's, and the next one's */
    struct at_known_pending pending[AT_N_KNOWN_PENDING];
} __attribute__((aligned(64)));

/*
 * What concerns the thread alone and is valid even before and after it owns a block. Where this
 * library is at something, the stack pointer there says so: above it, the frame is gone.
 */
struct at_thread_local {
    uintptr_t busy;         /* inside the tracker: a nested call comes from a signal handler */
    uintptr_t inside;       /* a sanitizer's allocator works for our wrapper: mute its hooks */
    uintptr_t suspended_at; /* the outermost at_suspend() */
    union {
        struct {
            uint32_t suspended;  /* > 0: allocations are this library's, or a test framework's */
            uint32_t n_guards; /* see guard/scope_guards.h */
        };
        uint64_t special; /* 0: neither */
    };
    uint32_t forking;    /* the tracker was entered for a fork */
    uint32_t fork_locks; /* and which locks were taken for it: a bit each */
    uint32_t max_guards;
    uint32_t n_thrown; /* of the scope guards, those with the flag */
    uint32_t n_left;
    struct at_guard_record *guards;
};

extern __thread struct at_thread *at_self __attribute__((tls_model("initial-exec")));
extern __thread struct at_thread_local at_local __attribute__((tls_model("initial-exec")));

extern uintptr_t at_armed; /* atomic: see at_thread_armed() */

static inline uintptr_t at_thread_state(const struct at_thread *thread)
{
    return __atomic_load_n(&thread->state, __ATOMIC_RELAXED);
}

/* Between at_suspend() and at_resume() the calling thread's allocations are those of this library
   or of a test framework: they are not counted. */
static inline __attribute__((always_inline)) void at_suspend(void)
{
    if (at_local.suspended++ == 0)
        at_local.suspended_at = at_stack_pointer();
}

static inline void at_resume(void)
{
    at_local.suspended--;
}

/* A signal handler may have jumped out from between. */
static inline __attribute__((always_inline)) bool at_is_suspended(void)
{
    return at_local.suspended && at_stack_pointer() <= at_local.suspended_at;
}

struct at_thread *at_thread_attach(void);

/* The calling thread's block, claimed if need be. */
static inline struct at_thread *at_thread_get(void)
{
    struct at_thread *self = at_self;
    return __builtin_expect(at_thread_state(self) & AT_STATE_BOOT, 0) ? at_thread_attach() : self;
}

/* Where the thread that owns the block remembers its stacks; NULL for the shared blocks. */
static inline struct at_stack_cache **at_thread_stack_cache(struct at_thread *self)
{
    return at_thread_state(self) & AT_STATE_DEAD ? NULL : &self->stack_cache;
}

/* Adds to a counter of the calling thread's block, whichever kind of block it is. */
static inline void at_thread_count(struct at_thread *self, uint64_t *counter, uint64_t n)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
    else
        at_counter_add(counter, n);
}

/* What a span measures, from any start: only differences mean something. */
struct at_work {
    uint64_t allocs;
    uint64_t bytes;
};

/* The calling thread's. What threads past their destructors do is on a block that they share. */
static inline struct at_work at_thread_work(const struct at_thread *self)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        return (struct at_work){ 0 };
    return (struct at_work){
        .allocs = at_counter_get(&self->counters.allocs),
        .bytes = at_counter_get(&self->counters.bytes),
    };
}

struct at_work at_process_work(void);

/* Sets or clears bits in every block, present and future. */
void at_thread_arm(uintptr_t bits);
void at_thread_disarm(uintptr_t bits);

/* How many blocks there are, in use or not: at most 20 more than threads were alive at once. */
uint32_t at_thread_n_blocks(void);

/* The bits in force. */
static inline uintptr_t at_thread_armed(void)
{
    return __atomic_load_n(&at_armed, __ATOMIC_RELAXED);
}

/* Has that called for each thread that ends, before and between other destructors. */
void at_thread_on_end(void (*function)(void));

/* From the constructor on, libc's thread functions may be called. */
void at_thread_start(void);

#endif
