/* SPDX-License-Identifier: MIT */
/*
 * One call of an interposed function on the slow path: the part that is common to all members of
 * the malloc family, before and after the underlying allocator is called.
 *
 *     struct at_call call = at_call_begin(AT_MALLOC, size, caller);   may request a trap
 *     void *block = call.fails ? NULL : at_underlying.malloc(size);
 *     at_call_end(&call, block);                                      may request a trap
 *
 * If a trap is requested, the caller of these functions executes the breakpoint, so that a debugger
 * shows the user's code within the first frames.
 */
#ifndef AT_INTERPOSE_CALL_H
#define AT_INTERPOSE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "attribution/site.h"
#include "track/tracker.h"

/* Is a call counted for the user's code? */
enum at_part {
    AT_PART_OWN = 0,     /* yes, if its stack is the user's */
    AT_PART_NOT_COUNTED, /* no: it is made for this library or a test framework */
    AT_PART_INNER,       /* no: it is part of another call, which is counted */
};

struct at_call {
    enum at_function function;
    enum at_part part;
    bool fails;              /* set by begin: return NULL without calling the allocator */
    bool trap;               /* set by begin and end: execute a breakpoint now */
    bool nested;             /* the underlying allocator makes this call itself: see reentry.h */
    size_t size;             /* requested bytes */
    const void *caller;      /* return address of the public function */
    struct at_old_block old; /* the block that is passed to a realloc */
    struct at_thread *self;
};

/* Begin a call that allocates `size` bytes. */
struct at_call at_call_begin(enum at_function function, size_t size, const void *caller);

/* Begin a call that reallocates `old`, which may be NULL. */
struct at_call at_call_begin_realloc(enum at_function function, void *old, size_t size,
                                     const void *caller);

/* End the call. `block` is the result of the underlying allocator; NULL counts as a failure, except
   after realloc(p, 0), which releases `p`. Keeps errno, and sets it to ENOMEM if `fails` is set. */
void at_call_end(struct at_call *call, const void *block);

/* Record a release, before the block is passed to the underlying allocator. Return true if a trap
   is requested. */
bool at_call_free(enum at_function function, void *block, const void *caller);

#endif
