/* SPDX-License-Identifier: MIT */
/*
 * fork(): the child has one thread, and whatever the others were at. Every lock of the library is
 * taken before, in the order of their numbers, so that nothing is half written and nobody else
 * holds them; parent and child both free them. See base/lock.h.
 *
 * A child of vfork() shares the parent's memory and counts into the parent. One of _Fork() or of
 * clone() itself is as libc leaves it: if another thread was in the library then, it may wait for
 * ever, as it may for malloc.
 */
#include "base/libc.h"

#include "track/ordered.h"
#include "track/tracker.h"

_Static_assert(AT_N_LOCKS <= 32, "a bit for each in fork_locks");

static bool holds_any(void)
{
    bool holds = false;
    for (int i = 0; i < AT_N_LOCKS; i++)
        holds |= at_lock_listed(i) && at_lock_is_mine(at_lock_listed(i));
    return holds;
}

/*
 * Takes every lock, with the tracker entered, so that a signal handler meanwhile puts its events in
 * the queue. A fork in a signal handler may have interrupted a holder: what that holds stays as it
 * is, in the child as well; and it must not wait for others, who may wait for it.
 */
static void before_fork(void)
{
    enum { TRIES = 1000 };
    bool may_wait = !holds_any();
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

/* Held by a thread that the child does not have: what it was about to write is lost. */
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
