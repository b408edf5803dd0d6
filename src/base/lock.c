/* SPDX-License-Identifier: MIT */
/* See lock.h. The three states are those of U. Drepper, "Futexes Are Tricky", 2011, section 5. */
#define _GNU_SOURCE
#include "base/lock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 100 };

/* As in <linux/futex.h>, which not every libc comes with. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE_FLAG = 128 };

static void futex(int *word, int operation, int value)
{
    int saved = errno;
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
    errno = saved;
}

void at_lock_wait(struct at_lock *lock)
{
    for (int i = 0; i < SPINS; i++)
        if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 && at_lock_try(lock))
            return;
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
        futex(&lock->state, FUTEX_WAIT, 2);
}

void at_lock_wake(struct at_lock *lock)
{
    futex(&lock->state, FUTEX_WAKE, 1);
}

void at_lock_reset(struct at_lock *lock)
{
    __atomic_store_n(&lock->state, 0, __ATOMIC_RELEASE);
}
