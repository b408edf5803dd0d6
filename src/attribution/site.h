/* SPDX-License-Identifier: MIT */
/*
 * Call sites. A call site is a function of the malloc family and the full stack from which it was
 * called. The table has each distinct call site once, for the life of the process.
 *
 * The table is insert-only and lock-free, so a signal handler that interrupts an insertion can
 * insert too. Its address space is reserved at first use. If the table is full, the insertion
 * fails, and the caller counts the failure.
 */
#ifndef AT_ATTRIBUTION_SITE_H
#define AT_ATTRIBUTION_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/loaded.h"
#include "unwind/cache.h"

/* The function of the malloc family that the user called. */
enum at_function {
    AT_MALLOC = 0,
    AT_CALLOC,
    AT_REALLOC,
    AT_REALLOCARRAY,
    AT_ALIGNED_ALLOC,
    AT_MEMALIGN,
    AT_POSIX_MEMALIGN,
    AT_VALLOC,
    AT_PVALLOC,
    AT_NEW, /* also for a sanitizer's hook, which does not know the function */
    AT_NEW_ARRAY,
    AT_NOTE_ALLOC,
    AT_ALLOCATOR_ALLOC,
    AT_ALLOCATOR_REALLOC,
    AT_FREE, /* the functions from here on release a block */
    AT_FREE_SIZED,
    AT_FREE_ALIGNED_SIZED,
    AT_DELETE,
    AT_DELETE_ARRAY,
    AT_NOTE_FREE,
    AT_ALLOCATOR_FREE,
};

/* Return true if the function only releases a block. */
static inline bool at_function_releases(enum at_function function)
{
    return function >= AT_FREE;
}

/* The number of nested regions that find the statistics of a site without a search. */
enum { AT_N_STATS_HINTS = 2 };

struct at_call_site {
    uint64_t hash;
    uint32_t n_frames;
    uint16_t function;     /* enum at_function */
    bool counted;          /* for the user's code, see at_attribution_counts() */
    uint8_t end;           /* enum at_stack_end */
    uint8_t runtime_owned; /* enum at_runtime_owned, see attribution/runtime_owned.h */
    bool suppressed; /* atomic; valid for the first `n_patterns` patterns, see guard/suppress.h */
    uint32_t n_patterns;                    /* atomic */
    uint32_t stats_hints[AT_N_STATS_HINTS]; /* probable positions in tables of site statistics;
                                               under the tracker's lock */
    uint32_t epoch;      /* of the code that contains the frames, see attribution/loaded.h */
    uint32_t generation; /* atomic: the code generation at which the frames were last checked */
    uintptr_t frames[];
};

/* Return the call site of `function` (an enum at_function) with this stack, or NULL if the table is
   full. It is a `const struct at_call_site *`; the signature is that of at_stack_value. */
const void *at_site_intern(const struct at_stack *stack, unsigned function);

/*
 * Return the call site at which `function` was called: with the calling thread's stack from
 * `caller` on, the return address of the public function. Return NULL if the table is full. `cache`
 * is the thread's own, or NULL; see unwind/cache.h.
 */
static inline const struct at_call_site *
at_site_capture(struct at_stack_cache **cache, enum at_function function, const void *caller)
{
    return (const struct at_call_site *) at_stack_cache_get(cache, caller, function,
                                                            at_loaded_generation(), at_site_intern);
}

/* Return `counted` of the site that at_site_capture() would return, from as few frames as decide
   it. No site is made. */
bool at_site_is_counted(struct at_stack_cache **cache, const void *caller);

/* Return the name of the function, as in C or C++ source: "malloc", "operator new[]". */
const char *at_function_name(enum at_function function);

#endif
