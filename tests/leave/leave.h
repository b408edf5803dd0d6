/* SPDX-License-Identifier: MIT */
/* The table of scope guards and ways to leave them: see leave.cpp and ways.cpp. */
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

/* Begin the guard and call `leave` inside it. If `leave` is NULL, allocate 1,000 bytes in the same
   frame, without the guard, and return. */
void enter(enum guard guard, void (*leave)(void));

/* After the guard was left: end a guard of the thread or process, which lasts until it is ended.
   Return NULL, or a description of the fault. */
const char *settle(enum guard guard);

#ifdef __cplusplus
}
#endif

#endif
