/* SPDX-License-Identifier: MIT */
/*
 * A mutex on a futex. It needs no allocation and no libc state, so it is usable before constructors
 * have run and under every sanitizer. It is not recursive: the caller must ensure that a signal
 * handler never takes a lock that the interrupted code holds (see track/tracker.h).
 *
 * A fork copies the locks that other threads hold, but not these threads, so nothing would release
 * the locks in the child. So every lock of the library has a number below, and track/fork.c takes
 * all of them before a fork, in the order of their numbers. A thread that needs two locks takes
 * them in the same order.
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
    uint32_t state; /* 0 if free, else its owner; AT_LOCK_WAITED if threads wait */
};

enum { AT_LOCK_WAITED = 1 };

/* Register a lock under its number, before its first use. To register it again does nothing. */
void at_lock_list(int number, struct at_lock *lock);

/* Return the lock with that number, or NULL if none is registered. */
struct at_lock *at_lock_listed(int number);

/* Acquire a lock that another thread holds; wake one thread that waits. Only for the functions
   below. */
void at_lock_wait(struct at_lock *lock);
void at_lock_wake(struct at_lock *lock);

/* Return a number for the calling thread: libc's pointer to the thread, without the bits that are
   always zero. The copy of the thread in a forked child has the same number. */
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
    return (uint32_t) (self >> 3) | 2; /* `self` is a multiple of 16: AT_LOCK_WAITED is free */
}

/* Acquire the lock and return true if it is free. */
static inline bool at_lock_try(struct at_lock *lock)
{
    uint32_t free = 0;
    return __atomic_compare_exchange_n(&lock->state, &free, at_lock_owner(), 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Acquire the lock, and wait until it is free. */
static inline void at_lock_acquire(struct at_lock *lock)
{
    if (!at_lock_try(lock))
        at_lock_wait(lock);
}

/* Release the lock, which the calling thread holds. */
static inline void at_lock_release(struct at_lock *lock)
{
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) & AT_LOCK_WAITED)
        at_lock_wake(lock);
}

/* Return true if the calling thread holds the lock, for example in code that the calling signal
   handler interrupted. */
static inline bool at_lock_is_mine(const struct at_lock *lock)
{
    uint32_t state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
    return (state & ~(uint32_t) AT_LOCK_WAITED) == at_lock_owner();
}

#endif
