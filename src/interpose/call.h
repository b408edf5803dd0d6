/* SPDX-License-Identifier: MIT */
/*
 * One call of an interposed function on the slow path: what every member of the family does around
 * the allocator beneath it.
 *
 *     struct at_call call = at_call_begin(AT_MALLOC, size, caller);   may ask for a trap
 *     void *block = at_underlying.malloc(size);
 *     at_call_end(&call, block);                                      may ask for a trap
 *
 * The breakpoint itself is executed by the caller of these, so that a debugger finds the user's
 * code within the first frames.
 */
#ifndef AT_INTERPOSE_CALL_H
#define AT_INTERPOSE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "attribution/site.h"
#include "track/tracker.h"

/* Whose call it is. */
enum at_part {
    AT_PART_OWN = 0, /* the user's, and one of its own */
    AT_PART_NOBODYS, /* this library's or a test framework's: not counted */
    AT_PART_INNER,   /* part of one that is counted itself: nor counted */
};

struct at_call {
    enum at_function function;
    enum at_part part;
    bool fails;              /* set by begin: return no memory, without asking for it */
    bool trap;               /* set by begin and end: execute a breakpoint now */
    bool nested;             /* part of another call, which counts: see reentry.h */
    size_t size;             /* requested bytes */
    const void *caller;      /* return address of the public function */
    struct at_old_block old; /* the block that a realloc is given */
    struct at_thread *self;
};

struct at_call at_call_begin(enum at_function function, size_t size, const void *caller);
struct at_call at_call_begin_realloc(enum at_function function, void *old, size_t size,
                                     const void *caller);

/* `block` is what the allocator returned; NULL counts as failed, unless it was realloc(p, 0). */
void at_call_end(struct at_call *call, const void *block);

/* The whole of a release, to be told before the block goes back. True asks for a trap. */
bool at_call_free(enum at_function function, void *block, const void *caller);

#endif
