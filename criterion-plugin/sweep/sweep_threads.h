/* SPDX-License-Identifier: MIT */
/*
 * Threads in the runs of a sweep. libc caches the stacks of threads that have ended, and in a child
 * of fork() the stacks of all other threads. A new thread with a cached stack needs no memory, so
 * the sweep cannot make pthread_create() fail. If the block of a run starts threads, the run is
 * repeated without cached stacks.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_THREADS_H
#define CRITERION_ALLOC_SWEEP_SWEEP_THREADS_H

#include <stdint.h>

/* Return the number of threads that the process has started by pthread_create(). */
uint64_t criterion_alloc_threads_started(void);

/* Make libc release its cached stacks. Under ThreadSanitizer, or without memory, do nothing. */
void criterion_alloc_threads_drop_stacks(void);

#endif
