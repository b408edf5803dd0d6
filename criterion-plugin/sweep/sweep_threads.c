/* SPDX-License-Identifier: MIT */
/*
 * See sweep_threads.h. pthread_create() is weak, because a suite may define a function of this
 * name. The function here ends with a jump to the next pthread_create(), so it is not in the user's
 * stacks.
 *
 * libc caches up to 40 MiB of stacks (nptl/nptl-stack.c). A larger stack evicts all others from the
 * cache. libc does not reuse such a stack for a thread whose stack is less than a quarter as large.
 */
#define _GNU_SOURCE
#include "sweep/sweep_threads.h"

#include <pthread.h>
#include <stddef.h>

#include "alloc_tracker/attributes.h"
#include "base/symbols.h"
#include "track/thread.h"

typedef void *start_function(void *arg);
typedef int creator(pthread_t *thread, const pthread_attr_t *attributes, start_function *start,
                    void *arg);

AT_API creator pthread_create __attribute__((weak));

/* The function of a sanitizer. */
creator __interceptor_pthread_create __attribute__((weak));
void __tsan_init(void) __attribute__((weak));

static uint64_t n_started; /* atomic */

/* Return the next pthread_create(): that of a sanitizer, or of libc. */
static creator *find_next(void)
{
    static creator *next; /* atomic */
    creator *found = __atomic_load_n(&next, __ATOMIC_RELAXED);
    if (found)
        return found;
    at_suspend();
    found = __interceptor_pthread_create ? __interceptor_pthread_create
                                         : (creator *) at_symbol_next("pthread_create");
    at_resume();
    __atomic_store_n(&next, found, __ATOMIC_RELAXED);
    return found;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, start_function *start,
                   void *arg)
{
    __atomic_fetch_add(&n_started, 1, __ATOMIC_RELAXED);
    return find_next()(thread, attributes, start, arg);
}

uint64_t criterion_alloc_threads_started(void)
{
    return __atomic_load_n(&n_started, __ATOMIC_RELAXED);
}

static void *do_nothing(void *arg)
{
    return arg;
}

void criterion_alloc_threads_drop_stacks(void)
{
    enum { CACHE_BYTES = 40 << 20 };
    pthread_attr_t attributes;
    size_t size = 0;
    if (__tsan_init) /* in a child of a process with threads, ThreadSanitizer forbids new threads */
        return;
    if (pthread_getattr_default_np(&attributes) != 0)
        return;
    pthread_attr_getstacksize(&attributes, &size);
    size = size * 5 > CACHE_BYTES ? size * 5 : CACHE_BYTES + CACHE_BYTES / 5;
    pthread_t thread;
    if (pthread_attr_setstacksize(&attributes, size) == 0
        && find_next()(&thread, &attributes, do_nothing, NULL) == 0)
        pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}
