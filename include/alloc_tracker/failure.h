/* SPDX-License-Identifier: MIT */
/*
 * Make an allocation fail, to test how the code handles it.
 *
 *     at_fail_after(2);              the third allocation of this thread returns NULL
 *     json_t *root = json_loads(text, 0, NULL);
 *     struct at_failure failure = at_fail_end();
 *
 * Only allocations of the calling thread are counted and fail. A failing function behaves
 * as if no memory was available: malloc returns NULL and sets errno to ENOMEM, and operator new
 * throws std::bad_alloc. Allocations of a test framework, of the loader and of this library are
 * neither counted nor made to fail.
 *
 * Two allocations of libc never fail, because libc would end the process: one for the first use of
 * a thread-local variable of a library that dlopen() loaded, and one that registers the destructor
 * of a thread_local object. A sanitizer's operator new cannot be made to fail either:
 * its allocations are counted in `unfailable`.
 */
#ifndef ALLOC_TRACKER_FAILURE_H
#define ALLOC_TRACKER_FAILURE_H

#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Allocations of a thread between at_fail_after() or at_fail_from() and at_fail_end(). */
struct at_failure {
    uint64_t allocs;     /* allocations that could fail, including the failed ones */
    uint64_t failed;     /* allocations that were made to fail */
    uint64_t unfailable; /* allocations by a sanitizer's operator new, which cannot fail */
    uint64_t threads;    /* how many of `allocs` were for the descriptor of a new thread. libc needs
                            no allocation if it reuses the stack of an ended thread */
};

/*
 * Let the next `n` allocations of the calling thread succeed. Make the allocation after them fail
 * (at_fail_after()), or all allocations after them (at_fail_from()). `n` is 0 or more. A second
 * call replaces the setting of the first.
 *
 * Thread-safe: each thread has its own setting. Not inside an allocation.
 */
AT_API void at_fail_after(uint64_t n);
AT_API void at_fail_from(uint64_t n);

/*
 * Stop making allocations of the calling thread fail. Return how many allocations were made since
 * at_fail_after() or at_fail_from(). All numbers are 0 if neither was called.
 *
 * Thread-safe: each thread has its own setting. Not inside an allocation.
 */
AT_API struct at_failure at_fail_end(void);

AT_END_DECLS

#endif
