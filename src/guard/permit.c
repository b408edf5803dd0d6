/* SPDX-License-Identifier: MIT */
/* See <alloc_tracker/permit.h>. A permit is known to events by when it began. */
#include "guard/permit.h"

#include "guard/frames.h"
#include "track/thread.h"
#include "track/tracker.h"

static void close(struct at_permit *permit)
{
    at_local.permit = permit->outer;
    permit->open = false;
}

/* In doubt it ends: what is charged too much is seen, what is charged too little is not. */
static bool left(struct at_frame_guard *guard, uintptr_t target, bool certainly)
{
    (void) target;
    (void) certainly;
    close((struct at_permit *) guard);
    return true;
}

void at_permit_open(struct at_permit *permit, uintptr_t stack_pointer)
{
    *permit = (struct at_permit){
        .guard.left = left,
        .outer = at_local.permit,
        .begun = true,
        .open = true,
    };
    at_local.permit = at_tracker_now();
    at_frames_push(&permit->guard, stack_pointer);
}

__attribute__((noinline)) void at_permit_begin(struct at_permit *permit)
{
    at_permit_open(permit, AT_CALLER_STACK_POINTER());
}

void at_permit_end(struct at_permit *permit)
{
    if (!permit->open)
        return;
    at_frames_pop(&permit->guard);
    close(permit);
}
