/* SPDX-License-Identifier: MIT */
/*
 * A thread's stacks, remembered: at_site_capture() and at_site_is_counted() answer from here what
 * the unwinder would. One file of two implements them: cache.c for x86-64 with glibc 2.35 and
 * later, cache_none.c, which asks the unwinder each time, for everything else.
 */
#ifndef AT_UNWIND_CACHE_H
#define AT_UNWIND_CACHE_H

/* One thread's, made at first use and never released: who owns the pointer next goes on with it. */
struct at_stack_cache;

#endif
