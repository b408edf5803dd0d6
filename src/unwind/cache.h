/* SPDX-License-Identifier: MIT */
/*
 * A thread's earlier stacks, with one value for each, so that a stack need not be unwound twice.
 *
 * The cache does not know the values. Its caller passes a function that makes the value of a stack;
 * when the thread is at the same stack again, the cache returns the same value. cache.c explains
 * why this is exact.
 *
 * Two files implement this header. cache.c is for x86-64 with glibc 2.35 and later. Everywhere else
 * cache_none.c remembers nothing and captures each stack with the unwinder.
 */
#ifndef AT_UNWIND_CACHE_H
#define AT_UNWIND_CACHE_H

#include <stdint.h>

struct at_stack;

/* One thread's cache. It is made at first use and never released: the thread that later owns the
   pointer to it uses it again. */
struct at_stack_cache;

/* Return the value of `stack`, or NULL if there is none; NULL is not remembered. The same stack and
   kind must always give the same value, which must be valid for ever. */
typedef const void *at_stack_value(const struct at_stack *stack, unsigned kind);

/*
 * Return the value of the calling thread's stack from `caller` on, as at_stack_capture() defines
 * it: the remembered one, or what `make` returns.
 *
 * `cache` points to the thread's cache, and is NULL if the thread has none. `kind` (0 to 65535) is
 * part of the key and passed to `make`. `generation` is a number that the caller changes when code
 * was loaded or unloaded: then everything that was remembered is void. May be called inside an
 * allocation and in a signal handler.
 */
const void *at_stack_cache_get(struct at_stack_cache **cache, const void *caller, unsigned kind,
                               uint32_t generation, at_stack_value *make);

/* Return the value of the code at the return address `caller`: 0 or more, or -1 if there is none,
   which is not remembered. */
typedef int at_caller_value(const void *caller);

/* Return the value of the return address `caller`: the remembered one, or what `make` returns.
   Return -1 if `make` does, or if the thread's cache cannot be used now. */
int at_stack_cache_get_caller(struct at_stack_cache **cache, const void *caller,
                              uint32_t generation, at_caller_value *make);

#endif
