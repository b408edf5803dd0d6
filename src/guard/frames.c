/* SPDX-License-Identifier: MIT */
/* See frames.h. */
#include "guard/frames.h"

#include <stddef.h>

#include "track/thread.h"

static struct at_frame_guard *innermost(void)
{
    struct at_frame_guard *guard = at_local.frames;
    return guard && guard->self == guard ? guard : NULL;
}

static void close_innermost(struct at_frame_guard *guard)
{
    at_local.frames = guard->outer;
    guard->self = NULL;
}

void at_frames_push(struct at_frame_guard *guard, uintptr_t stack_pointer)
{
    guard->outer = innermost();
    guard->self = guard;
    guard->stack_pointer = stack_pointer;
    at_local.frames = guard;
}

void at_frames_pop(struct at_frame_guard *guard)
{
    if (guard->self != guard)
        return;
    struct at_frame_guard *inner = innermost();
    while (inner && inner != guard) {
        close_innermost(inner);
        inner = innermost();
    }
    at_local.frames = guard->outer;
    guard->self = NULL;
}

enum fate { STAYS, MAY_BE_LEFT, IS_LEFT };

/* Stacks grow down. */
static enum fate fate_of(const struct at_frame_guard *guard, uintptr_t target, uintptr_t from)
{
    if (target == 0 || guard->stack_pointer == target)
        return MAY_BE_LEFT;
    if (target < from) /* to another stack: what is open on either stays open */
        return STAYS;
    return guard->stack_pointer < target ? IS_LEFT : STAYS;
}

void at_frames_leave(uintptr_t target, uintptr_t from)
{
    struct at_frame_guard **link = &at_local.frames;
    while (*link && (*link)->self == *link) {
        struct at_frame_guard *guard = *link;
        enum fate fate = fate_of(guard, target, from);
        if (fate == STAYS)
            return;
        if (fate == MAY_BE_LEFT && !guard->left(guard, target, false)) {
            link = &guard->outer;
            continue;
        }
        *link = guard->outer;
        guard->self = NULL;
        if (fate == IS_LEFT)
            guard->left(guard, target, true);
    }
}
