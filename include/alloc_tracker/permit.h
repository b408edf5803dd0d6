/* SPDX-License-Identifier: MIT */
/*
 * Exceptions to a ban: allocations that an enclosing region is not to be charged for.
 *
 *     struct at_permit permit;
 *     at_permit_begin(&permit);
 *     log_line("first use");
 *     at_permit_end(&permit);
 *
 * Between the two, what the calling thread allocates, reallocates and releases is not counted for
 * regions that were open before. It is counted in their `permitted` and in the totals of thread and
 * process. A region that begins inside is charged as ever.
 */
#ifndef ALLOC_TRACKER_PERMIT_H
#define ALLOC_TRACKER_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Something that stands open in a stack frame. Not for direct use. */
struct at_scope_guard {
    uint64_t id; /* of its record; 0 without one */
};

/* In the stack frame of the code that it concerns; its fields are the library's. */
struct at_permit {
    struct at_scope_guard guard;
    bool begun;
};

/*
 * Permits nest, and may end in any order. A permit applies to code that was called, directly or
 * not, from the function in whose frame `permit` stands, on the thread that called the beginning,
 * and no longer than until that function is left: by return, exception, longjmp(), the end of the
 * thread or of a coroutine. Code that runs on another stack meanwhile was not called from there.
 * A longjmp() to that function itself ends the permit, since setjmp() may have come before it. Not
 * in a signal handler.
 */
AT_API void at_permit_begin(struct at_permit *permit);

/* Ends it. Ending what is not open does nothing. */
AT_API void at_permit_end(struct at_permit *permit);

AT_END_DECLS

#endif
