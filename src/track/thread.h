/* SPDX-License-Identifier: MIT */
/*
 * A block of counters for each thread, in a list that outlives the threads.
 *
 * A thread finds its block through one initial-exec TLS pointer. Each thread starts with the shared
 * boot block. The state of the boot block sends the first call to the slow path, which claims a
 * block: one that an exited thread has left, or a new one, pushed on a lock-free list. Blocks are
 * never removed from the list, and their counters are never reset. So the total of the process is
 * the sum over the list, exited threads included. The list is as long as the largest number of
 * threads that were alive at once. After the last round of its destructors a thread uses the shared
 * dead block, whose counters are atomic.
 *
 * `state` selects the fast or the slow path; the fast path tests nothing else. Bits for the whole
 * process are also in the global word `at_armed`, which decides. A block's copy may be out of date
 * for a moment, but then only sends a call to the slow path without need.
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
 * The bits of the state are above the sizes that the fast path accepts. So one test of
 * (size | state) >> AT_FAST_SHIFT finds both a thread that needs the slow path, and a large
 * request. Large requests take the slow path because they can fail, and a failed call must not be
 * counted as an allocation.
 */
enum { AT_FAST_SHIFT = 16 };

#define AT_STATE_BOOT ((uintptr_t) 1 << 16)      /* no block claimed yet */
#define AT_STATE_DEAD ((uintptr_t) 1 << 17)      /* the thread has run its last destructor */
#define AT_STATE_SANITIZED ((uintptr_t) 1 << 18) /* the underlying allocator is a sanitizer's */
#define AT_STATE_TRACK ((uintptr_t) 1 << 19)     /* live blocks are recorded */
#define AT_STATE_PANIC ((uintptr_t) 1 << 20)     /* the next allocation panics */
#define AT_STATE_FAIL ((uintptr_t) 1 << 21)      /* failures are injected in this thread */
#define AT_STATE_INNER ((uintptr_t) 1 << 22)     /* an allocation may be part of a counted one */

struct at_guard_record;
struct at_pending;
struct at_stack_cache;

enum { AT_N_KNOWN_PENDING = 4 };

/* The owner's ended spans of one operation, until they are added to it; see session/operation.h. */
struct at_known_pending {
    uint64_t operation; /* serial number of the operation, or 0 */
    struct at_pending *pending;
};

struct at_thread {
    uintptr_t state; /* atomic: other threads set and clear bits */
    struct at_counters counters;
    struct at_thread
        *next;      /* in one cache line with the above, so that a sum reads one line a block */
    uint32_t owned; /* atomic: 1 while a thread uses the block */
    uint32_t serial;
    uint32_t n_regions; /* atomic: open AT_THREAD regions of the owner that want stacks */
    uint32_t destructor_rounds;
    struct at_counters base;            /* the counters when the present owner claimed the block */
    struct at_stack_cache *stack_cache; /* of the owner; the next owner goes on with it */
    struct at_known_pending pending[AT_N_KNOWN_PENDING];
} __attribute__((aligned(64)));

/*
 * Variables of the thread that are valid even while it owns no block. `busy`, `inside` and
 * `suspended_at` are stack pointers of this library's frames, so that a jump out of such a frame is
 * recognised.
 */
struct at_thread_local {
    uintptr_t busy;   /* inside the tracker, or 0; a nested call is a signal handler's */
    uintptr_t inside; /* inside the underlying allocator, or 0; its own calls are not counted */
    uintptr_t suspended_at; /* of the outermost at_suspend() */
    union {
        struct {
            uint32_t suspended; /* depth of at_suspend(); > 0: allocations are not counted */
            uint32_t n_guards;  /* records in `guards` */
        };
        uint64_t special; /* 0: neither suspended nor inside a scope guard */
    };
    uint32_t forking;    /* the tracker was entered for a fork */
    uint32_t fork_locks; /* the locks that were taken for the fork, one bit each */
    uint32_t max_guards;
    uint32_t n_thrown; /* records with `thrown` */
    uint32_t n_left;   /* records with `left` */
    struct at_guard_record *guards;
};

extern __thread struct at_thread *at_self __attribute__((tls_model("initial-exec")));
extern __thread struct at_thread_local at_local __attribute__((tls_model("initial-exec")));

extern uintptr_t at_armed; /* atomic; see at_thread_armed() */

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

/* Return true between at_suspend() and at_resume(). False if a signal handler has jumped out from
   between them. */
static inline __attribute__((always_inline)) bool at_is_suspended(void)
{
    return at_local.suspended && at_stack_pointer() <= at_local.suspended_at;
}

/* Claim a block for the calling thread and return it; the dead block if there is no memory. */
struct at_thread *at_thread_attach(void);

/* Return the calling thread's block; claim one if the thread has none. */
static inline struct at_thread *at_thread_get(void)
{
    struct at_thread *self = at_self;
    return __builtin_expect(at_thread_state(self) & AT_STATE_BOOT, 0) ? at_thread_attach() : self;
}

/* Return the owner's cache of stacks, or NULL for a shared block. */
static inline struct at_stack_cache **at_thread_stack_cache(struct at_thread *self)
{
    return at_thread_state(self) & AT_STATE_DEAD ? NULL : &self->stack_cache;
}

/* Add `n` to a counter of the calling thread's block, which may be a shared one. */
static inline void at_thread_count(struct at_thread *self, uint64_t *counter, uint64_t n)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
    else
        at_counter_add(counter, n);
}

/* What a span measures. Only differences between two of these have a meaning. */
struct at_work {
    uint64_t allocs;
    uint64_t bytes;
};

/* Return the work of the calling thread; 0 after its last destructor, when it shares a block. */
static inline struct at_work at_thread_work(const struct at_thread *self)
{
    if (at_thread_state(self) & AT_STATE_DEAD)
        return (struct at_work){ 0 };
    return (struct at_work){
        .allocs = at_counter_get(&self->counters.allocs),
        .bytes = at_counter_get(&self->counters.bytes),
    };
}

/* Return the work of all threads, exited ones included. */
struct at_work at_process_work(void);

/* Set or clear bits of the state in every block, present and future. */
void at_thread_arm(uintptr_t bits);
void at_thread_disarm(uintptr_t bits);

/* Return the bits that are set for the whole process. */
static inline uintptr_t at_thread_armed(void)
{
    return __atomic_load_n(&at_armed, __ATOMIC_RELAXED);
}

/* Call `function` for each thread that ends, in each round of its destructors. */
void at_thread_on_end(void (*function)(void));

/* Called from the constructor: from then on, libc's thread functions may be called. */
void at_thread_start(void);

#endif
