/* SPDX-License-Identifier: MIT */
/* The two sides of the table guard × way to leave: see leave.cpp and ways.cpp. */
#ifndef LEAVE_H
#define LEAVE_H

#ifdef __cplusplus
extern "C" {
#endif

enum guard {
    PERMIT,
    NESTED_PERMITS,
    ALLOCATOR_ALLOC,
    ALLOCATOR_REALLOC,
    ALLOCATOR_FREE,
    FAILURE,
    SPAN,
    TRACKED_SPAN,
    REGION,
    PANIC_HANDLER,
    N_GUARDS,
};

/* Opens the guard and calls `leave` in it. With NULL, allocates 1,000 bytes before it would be
   opened, in the same frame, and returns. */
void enter(enum guard guard, void (*leave)(void));

/* After the guard was left: ends what belongs to the thread or the process until it is ended.
   NULL, or what is wrong. */
const char *settle(enum guard guard);

#ifdef __cplusplus
}
#endif

#endif
