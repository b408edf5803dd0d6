/* SPDX-License-Identifier: MIT */
/*
 * A mutex on a futex: no allocation, no libc state, usable before constructors have run and under
 * every sanitizer. Not recursive; the caller makes sure that a signal handler never needs a lock
 * that the code it interrupted holds (see track/tracker.h).
 *
 * A fork copies the locks that other threads hold, and not the threads. So every lock of the
 * library has a number below, and track/fork.c takes them all before a fork, in this order,
 * which is also the order in which a thread that needs two of them takes them.
 */
#ifndef AT_BASE_LOCK_H
#define AT_BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { AT_N_OPERATION_LOCKS = 16 };

enum at_lock_number {
    AT_LOCK_PROGRAM = 0,
    AT_LOCK_SESSION,
    AT_LOCK_OPERATION, /* the first of several */
    AT_LOCK_LOADER = AT_LOCK_OPERATION + AT_N_OPERATION_LOCKS,
    AT_LOCK_TRACKER,
    AT_N_LOCKS,
};

struct at_lock {
    uint32_t state; /* 0 free, else its owner; the lowest bit: somebody waits */
};

enum { AT_LOCK_WAITED = 1 };

/* Puts a lock in the list, before its first use. Listing the same lock again does nothing. */
void at_lock_list(int number, struct at_lock *lock);

/* The lock with that number; NULL while nothing uses it. */
struct at_lock *at_lock_listed(int number);

/* The ways of a lock that is contended. */
void at_lock_wait(struct at_lock *lock);
void at_lock_wake(struct at_lock *lock);

/* The calling thread, which a forked child's copy of the thread is as well: libc's own pointer to
   the thread, without the bits that are always zero. */
static inline uint32_t at_lock_owner(void)
{
#if defined(__x86_64__)
    uintptr_t self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
#elif defined(__i386__)
    uintptr_t self;
    __asm__("movl %%gs:0, %0" : "=r"(self));
#else
    uintptr_t self = (uintptr_t) __builtin_thread_pointer();
#endif
    return (uint32_t) (self >> 3) | 2; /* a multiple of 16: AT_LOCK_WAITED is free */
}

static inline bool at_lock_try(struct at_lock *lock)
{
    uint32_t free = 0;
    return __atomic_compare_exchange_n(&lock->state, &free, at_lock_owner(), 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void at_lock_acquire(struct at_lock *lock)
{
    if (!at_lock_try(lock))
        at_lock_wait(lock);
}

static inline void at_lock_release(struct at_lock *lock)
{
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) & AT_LOCK_WAITED)
        at_lock_wake(lock);
}

/* Does the calling thread hold it: the code that a signal handler interrupted, for one? */
static inline bool at_lock_is_mine(const struct at_lock *lock)
{
    uint32_t state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
    return (state & ~(uint32_t) AT_LOCK_WAITED) == at_lock_owner();
}

#endif
