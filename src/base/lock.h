/* SPDX-License-Identifier: MIT */
/*
 * A mutex on a futex: no allocation, no libc state, usable before constructors have run and under
 * every sanitizer. Not recursive; the caller makes sure that a signal handler never needs a lock
 * that the code it interrupted holds (see track/hook.h).
 */
#ifndef AT_BASE_LOCK_H
#define AT_BASE_LOCK_H

struct at_lock {
    int state; /* 0 free, 1 held, 2 held and somebody waits */
};

void at_lock_acquire(struct at_lock *lock);
void at_lock_release(struct at_lock *lock);

/* In a forked child: nobody else is left, so the lock is free. */
void at_lock_reset(struct at_lock *lock);

#endif
