/* SPDX-License-Identifier: MIT */
/* guard/scope_guards.h: which scope guards a jump leaves, and which ones apply to the running code.
   The tests use real frames, because the library walks the stack. */
#include <criterion/criterion.h>

#include "guard/scope_guards.h"
#include "track/thread.h"
#include "track/tracker.h"
#include "unwind/activation.h"

struct report {
    int n;
    bool certainly;
};

static struct report reports[2]; /* of the outer and the inner scope guard */

static bool note(void *data, uintptr_t target, bool certainly)
{
    struct report *report = *(struct report **) data;
    (void) target;
    report->n++;
    report->certainly = certainly;
    return certainly; /* if it is not certain, the scope guard stays */
}

static const struct at_scope_guard_type block = { .kind = AT_GUARD_BLOCK, .left = note };

static void push(struct at_scope_guard *guard, struct report *report)
{
    at_scope_guards_push(guard, &block, at_stack_pointer(), &report, sizeof report);
}

/* The target of a jump: a frame's stack pointer, as setjmp() saves it. */
static uintptr_t frames[4];
static char elsewhere[64];

static __attribute__((noinline)) void jump(int to)
{
    frames[3] = at_stack_pointer();
    at_scope_guards_leave(to == 4   ? (uintptr_t) (elsewhere + 32)
                          : to == 5 ? 0
                          : to == 6 ? UINTPTR_MAX
                                    : frames[to]);
    __asm__ volatile("");
}

static __attribute__((noinline)) void within(int to)
{
    struct at_scope_guard guard;
    frames[2] = at_stack_pointer();
    push(&guard, &reports[1]);
    jump(to);
    at_scope_guards_pop(&guard);
}

static __attribute__((noinline)) void around(int to)
{
    struct at_scope_guard guard;
    frames[1] = at_stack_pointer();
    push(&guard, &reports[0]);
    within(to);
    at_scope_guards_pop(&guard);
}

Test(scope_guards, left_by_a_jump)
{
    static const struct {
        int to;
        int n_inner, n_outer;
        bool certainly;
    } cases[] = {
        { 0, 1, 1, true },  /* out of both */
        { 1, 1, 1, true },  /* out of the inner one, to the frame of the outer one */
        { 2, 1, 0, false }, /* to the frame of the inner one */
        { 3, 0, 0, false }, /* within */
        { 4, 0, 0, false }, /* to another stack: both stay */
        { 5, 1, 1, false }, /* to an unknown target */
        { 6, 1, 1, true },  /* the thread ends */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        frames[0] = at_stack_pointer();
        reports[0] = reports[1] = (struct report){ 0 };
        around(cases[i].to);
        cr_expect_eq(reports[1].n, cases[i].n_inner, "case %zu", i);
        cr_expect_eq(reports[0].n, cases[i].n_outer, "case %zu", i);
        cr_expect_eq(reports[1].certainly, cases[i].certainly, "case %zu", i);
        cr_expect_eq(at_local.n_guards, 0, "case %zu", i);
    }
}

static struct at_permit forgotten;

static __attribute__((noinline)) bool permits(void)
{
    return at_scope_guards_permit((const void *) permits) != 0;
}

static __attribute__((noinline)) void open_and_forget(struct at_permit *permit)
{
    struct at_permit here;
    at_permit_begin(permit ? permit : &here);
    cr_expect(permits());
    __asm__ volatile("" : : "r"(&here) : "memory");
}

static __attribute__((noinline)) void fill_the_stack(void)
{
    volatile char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = 1;
    cr_expect(!permits(), "in a frame below the one that was left");
}

Test(scope_guards, a_permit_whose_function_has_returned)
{
    open_and_forget(NULL);
    cr_expect(!permits());
    fill_the_stack();
    open_and_forget(&forgotten); /* its variable is in no frame, so it belongs to the caller */
    cr_expect(!permits());
}

static __attribute__((noinline)) void construct(struct at_permit *permit)
{
    at_permit_begin(permit);
    __asm__ volatile(""); /* prevent a tail call */
}

Test(scope_guards, a_permit_belongs_to_the_frame_with_its_variable)
{
    struct at_permit permit;
    construct(&permit);
    cr_expect(permits());
    at_permit_end(&permit);
    cr_expect(!permits());
}

/* In 32-bit programs, a stack may end where the address space ends. */
Test(scope_guards, a_stack_pointer_at_the_end_of_the_address_space)
{
    struct at_scope_guard guard;
    at_scope_guards_push(&guard, &at_scope_guard_permit, UINTPTR_MAX - 15, NULL, 0);
    cr_expect(permits());
    at_scope_guards_pop(&guard);
    cr_expect(!permits());
}

Test(scope_guards, permits_may_end_in_any_order)
{
    struct at_permit first, second;
    at_permit_begin(&first);
    uint64_t outer = at_scope_guards_permit((const void *) permits);
    at_permit_begin(&second);
    at_permit_end(&first);
    cr_expect(permits());
    cr_expect_geq(at_scope_guards_permit((const void *) permits), outer);
    at_permit_end(&second);
    cr_expect(!permits());
}
