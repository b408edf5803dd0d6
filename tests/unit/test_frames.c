/* SPDX-License-Identifier: MIT */
/* guard/frames.h: which guards a jump leaves, told by where it goes and where it comes from. */
#include <criterion/criterion.h>

#include "guard/frames.h"

struct told {
    struct at_frame_guard guard;
    int n;
    bool certainly;
};

static bool note(struct at_frame_guard *guard, uintptr_t target, bool certainly)
{
    struct told *told = (struct told *) guard;
    (void) target;
    told->n++;
    told->certainly = certainly;
    return false; /* in doubt it stays */
}

/* A guard in the frame of stack pointer 400, and one further in, at 300; stacks grow down. */
Test(frames, left_by_a_jump)
{
    static const struct {
        uintptr_t target, from;
        int n_inner, n_outer;
        bool certainly;
    } cases[] = {
        { 500, 100, 1, 1, true },  /* out of both */
        { 350, 100, 1, 0, true },  /* out of the inner one */
        { 200, 100, 0, 0, false }, /* within */
        { 300, 100, 1, 0, false }, /* to the inner one's own frame */
        { 0, 100, 1, 1, false },   /* nobody knows where to */
        { 500, 900, 0, 0, false }, /* from another stack: what is open on this one stays */
        { UINTPTR_MAX, 100, 1, 1, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct told outer = { .guard.left = note }, inner = { .guard.left = note };
        at_frames_push(&outer.guard, 400);
        at_frames_push(&inner.guard, 300);
        at_frames_leave(cases[i].target, cases[i].from);
        at_frames_pop(&inner.guard);
        at_frames_pop(&outer.guard);
        cr_expect_eq(inner.n, cases[i].n_inner, "case %zu", i);
        cr_expect_eq(outer.n, cases[i].n_outer, "case %zu", i);
        cr_expect_eq(inner.certainly, cases[i].certainly, "case %zu", i);
    }
}
