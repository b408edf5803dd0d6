/* SPDX-License-Identifier: MIT */
/* See lock.h. A lock is free, held, or held while threads wait: the three states of U. Drepper,
   "Futexes Are Tricky", 2011, section 5. */
#define _GNU_SOURCE
#include "base/lock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 100 };

/* As in <linux/futex.h>, which is not installed with every libc. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE_FLAG = 128 };

static void futex(uint32_t *word, int operation, uint32_t value)
{
    int saved = errno;
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
    errno = saved;
}

static struct at_lock *listed[AT_N_LOCKS]; /* atomic */

void at_lock_list(int number, struct at_lock *lock)
{
    __atomic_store_n(&listed[number], lock, __ATOMIC_RELEASE);
}

struct at_lock *at_lock_listed(int number)
{
    return __atomic_load_n(&listed[number], __ATOMIC_ACQUIRE);
}

void at_lock_wait(struct at_lock *lock)
{
    for (int i = 0; i < SPINS; i++)
        if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 && at_lock_try(lock))
            return;
    for (;;) {
        uint32_t state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
        /* Other threads may wait too: a thread that waited keeps AT_LOCK_WAITED set. */
        uint32_t wanted = (state ? state : at_lock_owner()) | AT_LOCK_WAITED;
        if (state != wanted
            && !__atomic_compare_exchange_n(&lock->state, &state, wanted, 0, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED))
            continue;
        if (!state)
            return;
        futex(&lock->state, FUTEX_WAIT, wanted);
    }
}

void at_lock_wake(struct at_lock *lock)
{
    futex(&lock->state, FUTEX_WAKE, 1);
}
