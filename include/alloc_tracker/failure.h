/* SPDX-License-Identifier: MIT */
/*
 * Failing an allocation on purpose: what does the code do without the memory?
 *
 *     at_fail_after(2);              the calling thread's third allocation returns NULL
 *     json_t *root = json_loads(text, 0, NULL);
 *     struct at_failure failure = at_fail_end();
 *
 * Only the calling thread's own allocations count and fail, as malloc and its kin do, with errno
 * set to ENOMEM; operator new throws std::bad_alloc. What Criterion, the loader and this library
 * allocate does neither. Exempt are two calls of libc that end the process when they get no memory:
 * the first touch of a thread-local variable of a library that dlopen() loaded, and the
 * registration of a thread_local object's destructor.
 *
 * A sanitizer's operator new cannot be made to fail; such allocations are counted apart.
 */
#ifndef ALLOC_TRACKER_FAILURE_H
#define ALLOC_TRACKER_FAILURE_H

#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

struct at_failure {
    uint64_t allocs;     /* allocations that were asked for and could fail */
    uint64_t failed;     /* how many of them were made to */
    uint64_t unfailable; /* those that could not be made to fail */
    uint64_t threads; /* how many of `allocs` were the descriptor of a new thread: libc makes none
                         where it has the stack of a thread that has ended */
};

/*
 * Lets the calling thread's next `n` allocations pass and fails the one after them; at_fail_from()
 * fails all that follow too. Either replaces what was asked for before. Not inside an allocation.
 */
AT_API void at_fail_after(uint64_t n);
AT_API void at_fail_from(uint64_t n);

/* Ends it for the calling thread, and answers what happened since. All zero if nothing was asked
   for. Not inside an allocation. */
AT_API struct at_failure at_fail_end(void);

AT_END_DECLS

#endif
