/* SPDX-License-Identifier: MIT */
/*
 * A mutex on a futex: no allocation, no libc state, usable before constructors have run and under
 * every sanitizer. Not recursive; the caller makes sure that a signal handler never needs a lock
 * that the code it interrupted holds (see track/tracker.h).
 */
#ifndef AT_BASE_LOCK_H
#define AT_BASE_LOCK_H

#include <stdbool.h>

struct at_lock {
    int state; /* 0 free, 1 held, 2 held and somebody waits */
};

/* The ways of a lock that is contended. */
void at_lock_wait(struct at_lock *lock);
void at_lock_wake(struct at_lock *lock);

static inline bool at_lock_try(struct at_lock *lock)
{
    int free = 0;
    return __atomic_compare_exchange_n(&lock->state, &free, 1, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void at_lock_acquire(struct at_lock *lock)
{
    if (!at_lock_try(lock))
        at_lock_wait(lock);
}

static inline void at_lock_release(struct at_lock *lock)
{
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
        at_lock_wake(lock);
}

/* In a forked child: nobody else is left, so the lock is free. */
void at_lock_reset(struct at_lock *lock);

#endif
