/* SPDX-License-Identifier: MIT */
/*
 * Permits: allocations that the regions around them do not count.
 *
 *     struct at_permit permit;
 *     at_permit_begin(&permit);
 *     log_line("first use");
 *     at_permit_end(&permit);
 *
 * Between the two calls, regions that were begun earlier do not count what the calling thread
 * allocates, reallocates and releases. They count these allocations in `permitted` of struct
 * at_usage. The counters of thread and process count them as always. A region that begins under a
 * permit counts everything.
 */
#ifndef ALLOC_TRACKER_PERMIT_H
#define ALLOC_TRACKER_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Part of a permit. Not for direct use. */
struct at_scope_guard {
    uint64_t id; /* of its record; 0 without one */
};

/* A permit. It must be a local variable of the code that allocates. Only the library uses its
   members. */
struct at_permit {
    struct at_scope_guard guard;
    bool begun;
};

/*
 * Begin a permit. Permits may be nested, and may end in any order.
 *
 * A permit applies to code that the function with the variable `permit` calls, directly or not, on
 * the calling thread. It ends at the latest when that function is left: by return, exception,
 * longjmp(), or the end of the thread or coroutine. It does not apply to code that runs on another
 * stack meanwhile. A longjmp() to that function itself ends the permit too, because setjmp() may
 * have been called before the permit began.
 *
 * If the kernel refuses memory for a new permit, the permit does not apply.
 *
 * Thread-safe. Not inside an allocation, and not in a signal handler.
 */
AT_API void at_permit_begin(struct at_permit *permit);

/* End a permit. To end it twice does nothing. Call it on the thread that began the permit. Not
   inside an allocation, and not in a signal handler. */
AT_API void at_permit_end(struct at_permit *permit);

AT_END_DECLS

#endif
