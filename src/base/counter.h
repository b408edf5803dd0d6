/* SPDX-License-Identifier: MIT */
/*
 * A counter that only its own thread writes and any thread reads.
 *
 * A signal handler that allocates between a load and a store must not lose its update. On x86-64
 * the addition is one instruction, without a lock; elsewhere it is atomic.
 */
#ifndef AT_BASE_COUNTER_H
#define AT_BASE_COUNTER_H

#include <stdint.h>

static inline void at_counter_add(uint64_t *counter, uint64_t n)
{
#if defined(__x86_64__)
    __asm__("addq %1, %0" : "+m"(*counter) : "er"(n) : "cc");
#else
    __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
#endif
}

static inline uint64_t at_counter_get(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
