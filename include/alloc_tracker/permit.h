/* SPDX-License-Identifier: MIT */
/*
 * Exceptions to a ban: allocations that an enclosing region is not to be charged for.
 *
 *     struct at_permit permit;
 *     at_permit_begin(&permit);
 *     log_line("first use");
 *     at_permit_end(&permit);
 *
 * Between the two, what the calling thread allocates, reallocates and releases is not charged to
 * regions that were open before. It is counted in their `permitted` and in the totals of thread and
 * process. A region that begins inside is charged as ever.
 */
#ifndef ALLOC_TRACKER_PERMIT_H
#define ALLOC_TRACKER_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>

AT_BEGIN_DECLS

/* Something that stands open in a stack frame and must hear when longjmp() leaves that frame. Not
   for direct use. */
struct at_frame_guard {
    struct at_frame_guard *self; /* while it is open */
    struct at_frame_guard *outer;
    bool (*left)(struct at_frame_guard *guard, uintptr_t target, bool certainly);
    uintptr_t stack_pointer;
};

/* In the stack frame of the code that it concerns; its fields are the library's. */
struct at_permit {
    struct at_frame_guard guard;
    uint64_t outer;
    bool begun;
    bool open;
};

/*
 * Permits nest. The end must be called by the thread that called the beginning; where it is not,
 * because longjmp() left the frame, the permit ends with the jump. So does one whose own frame is
 * jumped to, since setjmp() may have come before it. Not in a signal handler.
 */
AT_API void at_permit_begin(struct at_permit *permit);

/* Ends it. Ending what is not open does nothing. */
AT_API void at_permit_end(struct at_permit *permit);

AT_END_DECLS

#endif
