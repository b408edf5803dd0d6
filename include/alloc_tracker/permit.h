/* SPDX-License-Identifier: MIT */
/*
 * Permits exclude allocations from the regions that were already open.
 *
 *     struct at_permit permit;
 *     at_permit_begin(&permit);
 *     log_line("first use");
 *     at_permit_end(&permit);
 *
 * Between the two calls, regions that began earlier do not count allocations, reallocations and
 * releases of the calling thread. These regions count such allocations only in `permitted` of
 * struct at_usage. The counters of the thread and of the process count them as usual. A region that
 * begins inside a permit counts everything.
 */
#ifndef ALLOC_TRACKER_PERMIT_H
#define ALLOC_TRACKER_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Part of a permit. Not for direct use. */
struct at_scope_guard {
    uint64_t id; /* number of the library's record of this scope guard; 0 if there is none */
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
 * A permit applies to all code that the function with the variable `permit` calls, directly or
 * indirectly, on the calling thread. The permit ends at the latest when that function is left: by
 * return, exception, longjmp(), or the end of the thread or coroutine. The permit does not apply to
 * code on another stack, for example to another coroutine. A longjmp() to that function itself ends
 * the permit too, because setjmp() may have been called before the permit began.
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
