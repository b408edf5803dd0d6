/* SPDX-License-Identifier: MIT */
/*
 * Threads in a sweep's runs. libc keeps the stacks of threads that have ended, and in a child of
 * fork() those of all other threads. A new thread that is given one needs no memory, so its
 * pthread_create() could not be made to fail. A run whose block starts threads is made again
 * without these stacks.
 */
#ifndef CRITERION_ALLOC_SWEEP_SWEEP_THREADS_H
#define CRITERION_ALLOC_SWEEP_SWEEP_THREADS_H

#include <stdint.h>

/* Return how many threads the process started so far, by pthread_create(). */
uint64_t criterion_alloc_threads_started(void);

/* Have libc release the stacks that it keeps. Does nothing where it cannot be done. */
void criterion_alloc_threads_drop_stacks(void);

#endif
