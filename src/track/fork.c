/* SPDX-License-Identifier: MIT */
/*
 * fork(): the child has a single thread, but a copy of the memory that other threads were changing.
 * So every lock of the library is taken before the fork, in the order of their numbers. Then no
 * other thread holds a lock, and all data is consistent. Parent and child release the locks
 * afterwards. See base/lock.h.
 *
 * A child of vfork() shares the parent's memory, and is counted for the parent. A child of _Fork()
 * or clone() may wait for ever if another thread was inside the library, as it may in malloc.
 */
#include "base/libc.h"

#include "track/ordered.h"
#include "track/tracker.h"

_Static_assert(AT_N_LOCKS <= 32, "fork_locks has a bit for each lock");

/* Return true if the calling thread holds a lock of the library. */
static bool holds_any_lock(void)
{
    bool holds = false;
    for (int i = 0; i < AT_N_LOCKS; i++)
        holds |= at_lock_listed(i) && at_lock_is_mine(at_lock_listed(i));
    return holds;
}

/*
 * Take every lock, inside the tracker, so that signal handlers queue their events meanwhile. If
 * this fork is in a signal handler, the interrupted code may hold locks. They stay locked, also in
 * the child. Then this function must not wait for other locks, because their holders may wait for
 * the interrupted code.
 */
static void before_fork(void)
{
    enum { TRIES = 1000 };
    bool may_wait = !holds_any_lock();
    at_local.forking = at_tracker_enter();
    at_local.fork_locks = 0;
    for (int i = 0; i < AT_N_LOCKS; i++) {
        struct at_lock *lock = at_lock_listed(i);
        if (!lock || at_lock_is_mine(lock))
            continue;
        bool taken = at_lock_try(lock);
        for (int n = 0; !taken && !may_wait && n < TRIES; n++)
            taken = at_lock_try(lock);
        if (!taken && may_wait)
            at_lock_acquire(lock);
        if (taken || may_wait)
            at_local.fork_locks |= (uint32_t) 1 << i;
    }
}

static void after_fork(void)
{
    for (int i = AT_N_LOCKS; i-- > 0;)
        if (at_local.fork_locks & (uint32_t) 1 << i)
            at_lock_release(at_lock_listed(i));
    at_local.fork_locks = 0;
    if (at_local.forking)
        at_tracker_leave();
    at_local.forking = false;
}

/* Release the locks of threads that the child does not have. Return true if such a thread was
   changing the tracker's tables. */
static bool free_foreign_locks(void)
{
    bool torn = false;
    for (int i = 0; i < AT_N_LOCKS; i++) {
        struct at_lock *lock = at_lock_listed(i);
        if (!lock || at_lock_is_mine(lock))
            continue;
        torn |= lock->state && i == AT_LOCK_TRACKER;
        lock->state = 0;
    }
    return torn;
}

static void after_fork_in_child(void)
{
    at_tracker_copied(free_foreign_locks());
    after_fork();
}

void at_fork_start(void)
{
    at_lock_list(AT_LOCK_TRACKER, &at_ordered.lock);
    at_libc_atfork(before_fork, after_fork, after_fork_in_child);
}
