/* SPDX-License-Identifier: MIT */
/*
 * A counter that one thread writes and any thread reads.
 *
 * A signal handler of that thread may add to the counter at any time, and its update must not be
 * lost. So on x86-64 an addition is one instruction, without a lock prefix. Elsewhere it is atomic.
 */
#ifndef AT_BASE_COUNTER_H
#define AT_BASE_COUNTER_H

#include <stdint.h>

/* Add `n`. Only the thread that owns the counter may call this. */
static inline void at_counter_add(uint64_t *counter, uint64_t n)
{
#if defined(__x86_64__)
    __asm__("addq %1, %0" : "+m"(*counter) : "er"(n) : "cc");
#else
    __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
#endif
}

/* Return the value, in any thread. */
static inline uint64_t at_counter_get(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
