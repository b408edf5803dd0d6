/* SPDX-License-Identifier: MIT */
/* See scope_guards.h. Opening, closing, and what a jump leaves. */
#include "guard/scope_guards.h"

#include <string.h>

#include "base/pages.h"
#include "guard/bracket.h"
#include "track/tracker.h"

const struct at_bracket_type at_bracket_permit = { .kind = AT_BRACKET_PERMIT };
const struct at_bracket_type at_bracket_foreign = { .kind = AT_BRACKET_FOREIGN };

static uint64_t last_id; /* atomic */

static uint32_t find(const struct at_scope_guard *guard)
{
    uint32_t i = at_local.n_brackets;
    while (guard->id && i-- > 0)
        if (at_local.brackets[i].id == guard->id)
            return i;
    return UINT32_MAX;
}

/* Allocations inside one that was counted take the slow path, which can tell. */
static void arm(void)
{
    bool any = false;
    for (uint32_t i = 0; i < at_local.n_brackets; i++)
        any |= at_local.brackets[i].type->kind == AT_BRACKET_INNER;
    struct at_thread *self = at_thread_get();
    if (at_thread_state(self) & AT_STATE_DEAD)
        return; /* not its own; and never on the fast path */
    if (any)
        __atomic_fetch_or(&self->state, AT_STATE_INNER, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&self->state, ~AT_STATE_INNER, __ATOMIC_RELAXED);
}

void at_bracket_remove(uint32_t index)
{
    struct at_bracket *bracket = &at_local.brackets[index];
    bool inner = bracket->type->kind == AT_BRACKET_INNER;
    at_local.n_thrown -= bracket->thrown;
    at_local.n_left -= bracket->left;
    memmove(bracket, bracket + 1, (at_local.n_brackets - index - 1) * sizeof *bracket);
    at_local.n_brackets--;
    if (inner)
        arm();
}

void at_bracket_mark_left(uint32_t index)
{
    struct at_bracket *bracket = &at_local.brackets[index];
    if (!bracket->type->left) {
        at_bracket_remove(index);
    } else if (!bracket->left) {
        bracket->left = true;
        at_local.n_left++;
        if (bracket->type->stop)
            bracket->type->stop(bracket->data);
    }
}

static bool make_room(void)
{
    if (at_local.n_brackets < at_local.max_brackets)
        return true;
    uint32_t wanted = at_local.max_brackets ? at_local.max_brackets * 2 : 8;
    struct at_bracket *fresh = at_pages_new(wanted * sizeof *fresh);
    if (!fresh)
        return false;
    struct at_bracket *old = at_local.brackets;
    if (old)
        memcpy(fresh, old, at_local.n_brackets * sizeof *fresh);
    at_local.brackets = fresh;
    at_pages_free(old, at_local.max_brackets * sizeof *old);
    at_local.max_brackets = wanted;
    return true;
}

/* The call in whose frame the guard stands, which a constructor may have returned to; failing that,
   as in a C++20 coroutine, whose variables are on the heap, the one with the stack pointer. */
static bool find_frame(const struct at_activation *activation, void *arg)
{
    enum { FAR = 64 << 10 };
    struct at_bracket *bracket = arg;
    bool found = at_activation_contains(activation, (uintptr_t) bracket->guard);
    if (found || activation->start == bracket->stack_pointer)
        bracket->frame = *activation;
    return !found && activation->start < bracket->stack_pointer + FAR;
}

/* Another bracket in the same place, or in the frame of another call in this one's, has been left
   by ways that nobody saw. */
static void end_overlaid(const struct at_bracket *fresh)
{
    for (uint32_t i = at_local.n_brackets; i-- > 0;) {
        struct at_bracket *old = &at_local.brackets[i];
        bool same_frame = old->frame.end == fresh->frame.end
                          && old->frame.return_address == fresh->frame.return_address;
        bool overlaid = at_activation_contains(&fresh->frame, (uintptr_t) old->guard);
        if (old->guard != fresh->guard && (same_frame || !overlaid || !fresh->frame.end))
            continue;
        at_bracket_mark_left(i);
    }
}

void at_scope_guards_push(struct at_scope_guard *guard, const struct at_bracket_type *type,
                          uintptr_t stack_pointer, const void *data, size_t size)
{
    struct at_bracket fresh = {
        .type = type,
        .guard = guard,
        .stack_pointer = stack_pointer,
        .begun = at_tracker_now(),
    };
    uintptr_t last;
    guard->id = 0;
    at_activations_visit(find_frame, &fresh, &last);
    end_overlaid(&fresh);
    at_scope_guards_settle(false);
    if (!make_room())
        return;
    fresh.id = guard->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
    memcpy(fresh.data, data ? data : "", data ? size : 0);
    at_local.brackets[at_local.n_brackets] = fresh;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    at_local.n_brackets++;
    if (type->kind == AT_BRACKET_INNER)
        arm();
}

void at_scope_guards_pop(struct at_scope_guard *guard)
{
    uint32_t i = find(guard);
    guard->id = 0;
    if (i != UINT32_MAX)
        at_bracket_remove(i);
    at_scope_guards_settle(false);
}

bool at_scope_guards_was_left(const struct at_scope_guard *guard)
{
    uint32_t i = find(guard);
    return guard->id && (i == UINT32_MAX || at_local.brackets[i].left);
}

void at_scope_guards_update(const struct at_scope_guard *guard, const void *data, size_t size)
{
    uint32_t i = find(guard);
    if (i != UINT32_MAX)
        memcpy(at_local.brackets[i].data, data, size);
}

/* Takes it off the record first: to judge it may open others, or jump. */
static bool judge(uint32_t index, uintptr_t target, bool certainly)
{
    struct at_bracket bracket = at_local.brackets[index];
    if (!certainly && bracket.type->left && !bracket.type->left(bracket.data, target, false))
        return false;
    uint32_t i = at_local.n_brackets;
    while (i-- > 0)
        if (at_local.brackets[i].id == bracket.id)
            at_bracket_remove(i);
    if (certainly && bracket.type->left)
        bracket.type->left(bracket.data, target, true);
    return true;
}

void at_scope_guards_settle(bool all)
{
    for (uint32_t i = at_local.n_brackets; (all || at_local.n_left) && i-- > 0;)
        if (i < at_local.n_brackets && (all || at_local.brackets[i].left))
            judge(i, 0, true);
}

void at_scope_guards_reuse(uintptr_t start, uintptr_t end)
{
    for (uint32_t i = at_local.n_brackets; i-- > 0;) {
        uintptr_t place = at_local.brackets[i].stack_pointer;
        if (place >= start && place < end)
            at_bracket_mark_left(i);
    }
    at_scope_guards_settle(false);
}

enum fate { STAYS, MAY_BE_LEFT, IS_LEFT };

struct jump {
    uintptr_t from;
    uintptr_t target;
    struct at_activation to; /* the frame that it goes to, once found */
    enum at_walked walked;
    const struct at_bracket *bracket; /* what is asked about, if not an address */
    uintptr_t address;
    enum fate fate;
};

static bool find_target(const struct at_activation *activation, void *arg)
{
    struct jump *jump = arg;
    jump->to = *activation;
    return !at_activation_contains(activation, jump->target);
}

/* Is it in a frame on the way to the target, or in the target's own? */
static bool find_on_way(const struct at_activation *activation, void *arg)
{
    struct jump *jump = arg;
    bool is_target = activation->end == jump->to.end && activation->start == jump->to.start;
    bool found = jump->bracket && jump->bracket->frame.end
                     ? at_bracket_is_in(jump->bracket, activation)
                     : at_activation_contains(activation, jump->address);
    if (found)
        jump->fate = is_target ? MAY_BE_LEFT : IS_LEFT;
    return !found && !is_target;
}

/* Where the way is not known, addresses decide. Stacks grow down; to one further down is to another
   stack, and what is open on either stays open. */
static enum fate fate_of(struct jump *jump, const struct at_bracket *bracket, uintptr_t address)
{
    if (jump->target == UINTPTR_MAX)
        return IS_LEFT;
    if (jump->target == 0)
        return MAY_BE_LEFT;
    if (jump->walked == AT_WALKED_CUT) {
        if (jump->target < jump->from || address < jump->from || address > jump->target)
            return STAYS;
        return address == jump->target ? MAY_BE_LEFT : IS_LEFT;
    }
    if (jump->walked == AT_WALKED_WHOLE)
        return STAYS; /* to another stack */
    uintptr_t last;
    jump->bracket = bracket;
    jump->address = address;
    jump->fate = STAYS;
    at_activations_visit(find_on_way, jump, &last);
    return jump->fate;
}

/* What this library itself was at when a signal handler interrupted it, which now jumps. */
static void leave_own(struct jump *jump)
{
    if (at_local.inside && fate_of(jump, NULL, at_local.inside) == IS_LEFT)
        at_local.inside = 0;
    if (at_local.suspended && fate_of(jump, NULL, at_local.suspended_at) == IS_LEFT)
        at_local.suspended = 0;
    if (at_local.busy && fate_of(jump, NULL, at_local.busy) == IS_LEFT)
        at_tracker_abandon();
}

void at_scope_guards_leave(uintptr_t target)
{
    struct jump jump = { .from = at_stack_pointer(), .target = target };
    if (!at_local.n_brackets && !at_local.inside && !at_local.suspended && !at_local.busy)
        return;
    uintptr_t last;
    if (target && target != UINTPTR_MAX)
        jump.walked = at_activations_visit(find_target, &jump, &last);
    leave_own(&jump);
    for (uint32_t i = at_local.n_brackets; i-- > 0;) {
        if (i >= at_local.n_brackets)
            continue;
        struct at_bracket *bracket = &at_local.brackets[i];
        enum fate fate = bracket->left ? IS_LEFT : fate_of(&jump, bracket, bracket->stack_pointer);
        if (fate != STAYS)
            judge(i, target, fate == IS_LEFT);
    }
}

/* In the first round of the thread's destructors: whatever ended it. */
static void end_thread(void)
{
    at_scope_guards_leave(UINTPTR_MAX);
    at_pages_free(at_local.brackets, at_local.max_brackets * sizeof *at_local.brackets);
    at_local.brackets = NULL;
    at_local.max_brackets = at_local.n_brackets = at_local.n_left = at_local.n_thrown = 0;
}

void at_scope_guards_start(void)
{
    at_thread_on_end(end_thread);
}
