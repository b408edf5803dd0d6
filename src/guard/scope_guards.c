/* SPDX-License-Identifier: MIT */
/*
 * See scope_guards.h. This file begins and ends scope guards, and finds those that a jump leaves.
 */
#include "guard/scope_guards.h"

#include <string.h>

#include "base/pages.h"
#include "guard/guard_record.h"
#include "track/tracker.h"

const struct at_scope_guard_type at_scope_guard_permit = { .kind = AT_GUARD_PERMIT };
const struct at_scope_guard_type at_scope_guard_framework = { .kind = AT_GUARD_FRAMEWORK };

static uint64_t last_id; /* atomic */

/* Return the index of the guard's record, or UINT32_MAX. */
static uint32_t find_record(const struct at_scope_guard *guard)
{
    uint32_t i = at_local.n_guards;
    while (guard->id && i-- > 0)
        if (at_local.guards[i].id == guard->id)
            return i;
    return UINT32_MAX;
}

/* Inside an AT_GUARD_INNER, allocations must take the slow path: only that path looks for it. */
static void select_path(void)
{
    bool any = false;
    for (uint32_t i = 0; i < at_local.n_guards; i++)
        any |= at_local.guards[i].type->kind == AT_GUARD_INNER;
    struct at_thread *self = at_thread_get();
    if (at_thread_state(self) & AT_STATE_DEAD)
        return; /* the block is shared, and such threads never take the fast path */
    if (any)
        __atomic_fetch_or(&self->state, AT_STATE_INNER, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&self->state, ~AT_STATE_INNER, __ATOMIC_RELAXED);
}

static void remove_record(uint32_t index)
{
    struct at_guard_record *record = &at_local.guards[index];
    bool inner = record->type->kind == AT_GUARD_INNER;
    at_local.n_thrown -= record->thrown;
    at_local.n_left -= record->left;
    memmove(record, record + 1, (at_local.n_guards - index - 1) * sizeof *record);
    at_local.n_guards--;
    if (inner)
        select_path();
}

void at_guard_record_mark_left(uint32_t index)
{
    struct at_guard_record *record = &at_local.guards[index];
    if (!record->type->left) {
        remove_record(index);
    } else if (!record->left) {
        record->left = true;
        at_local.n_left++;
        if (record->type->stop)
            record->type->stop(record->data);
    }
}

static bool make_room(void)
{
    if (at_local.n_guards < at_local.max_guards)
        return true;
    uint32_t wanted = at_local.max_guards ? at_local.max_guards * 2 : 8;
    struct at_guard_record *fresh = at_pages_new(wanted * sizeof *fresh);
    if (!fresh)
        return false;
    struct at_guard_record *old = at_local.guards;
    if (old)
        memcpy(fresh, old, at_local.n_guards * sizeof *fresh);
    at_local.guards = fresh;
    at_pages_free(old, at_local.max_guards * sizeof *old);
    at_local.max_guards = wanted;
    return true;
}

/* Find the call whose frame contains the guard. It need not be the caller: a constructor may begin
   a guard for the function that it returns to. In a C++20 coroutine variables are on the heap; then
   the call with the stack pointer is taken. A stack may end where the address space ends, so that
   the sum of an address and FAR would wrap. */
static bool find_frame(const struct at_activation *activation, void *arg)
{
    enum { FAR = 64 << 10 };
    struct at_guard_record *record = arg;
    bool found = at_activation_contains(activation, (uintptr_t) record->guard);
    if (found || activation->start == record->stack_pointer)
        record->frame = *activation;
    bool is_above = activation->start > record->stack_pointer;
    return !found && !(is_above && activation->start - record->stack_pointer >= FAR);
}

/* Stop the scope guards whose memory is reused: by the same guard, or by this guard's frame. They
   were left in a way that this library cannot notice. */
static void end_overlaid(const struct at_guard_record *fresh)
{
    for (uint32_t i = at_local.n_guards; i-- > 0;) {
        struct at_guard_record *old = &at_local.guards[i];
        bool same_frame = old->frame.end == fresh->frame.end
                          && old->frame.return_address == fresh->frame.return_address;
        bool overlaid = at_activation_contains(&fresh->frame, (uintptr_t) old->guard);
        if (old->guard != fresh->guard && (same_frame || !overlaid || !fresh->frame.end))
            continue;
        at_guard_record_mark_left(i);
    }
}

void at_scope_guards_push(struct at_scope_guard *guard, const struct at_scope_guard_type *type,
                          uintptr_t stack_pointer, const void *data, size_t size)
{
    struct at_guard_record fresh = {
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
    at_local.guards[at_local.n_guards] = fresh;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    at_local.n_guards++;
    if (type->kind == AT_GUARD_INNER)
        select_path();
}

void at_scope_guards_pop(struct at_scope_guard *guard)
{
    uint32_t i = find_record(guard);
    guard->id = 0;
    if (i != UINT32_MAX)
        remove_record(i);
    at_scope_guards_settle(false);
}

bool at_scope_guards_was_left(const struct at_scope_guard *guard)
{
    uint32_t i = find_record(guard);
    return guard->id && (i == UINT32_MAX || at_local.guards[i].left);
}

void at_scope_guards_update(const struct at_scope_guard *guard, const void *data, size_t size)
{
    uint32_t i = find_record(guard);
    if (i != UINT32_MAX)
        memcpy(at_local.guards[i].data, data, size);
}

/* End a scope guard, unless the frame may not be left and its `left` function returns false. The
   record is removed before the final call of `left`, which may begin other scope guards, or jump.
 */
static void end_record(uint32_t index, uintptr_t target, bool certainly)
{
    struct at_guard_record record = at_local.guards[index];
    if (!certainly && record.type->left && !record.type->left(record.data, target, false))
        return;
    uint32_t i = at_local.n_guards;
    while (i-- > 0)
        if (at_local.guards[i].id == record.id)
            remove_record(i);
    if (certainly && record.type->left)
        record.type->left(record.data, target, true);
}

void at_scope_guards_settle(bool all)
{
    for (uint32_t i = at_local.n_guards; (all || at_local.n_left) && i-- > 0;)
        if (i < at_local.n_guards && (all || at_local.guards[i].left))
            end_record(i, 0, true);
}

void at_scope_guards_reuse(uintptr_t start, uintptr_t end)
{
    for (uint32_t i = at_local.n_guards; i-- > 0;) {
        uintptr_t stack_pointer = at_local.guards[i].stack_pointer;
        if (stack_pointer >= start && stack_pointer < end)
            at_guard_record_mark_left(i);
    }
    at_scope_guards_settle(false);
}

/* What a jump does to a frame. */
enum fate { STAYS, MAY_BE_LEFT, IS_LEFT };

struct jump {
    uintptr_t from;
    uintptr_t target;
    struct at_activation to;              /* the frame that the jump goes to, once found */
    enum at_walked walked;                /* how the search for `to` ended */
    const struct at_guard_record *record; /* whose fate is searched for, or NULL: see `address` */
    uintptr_t address;                    /* a stack pointer whose frame's fate is searched for */
    enum fate fate;
};

static bool find_target(const struct at_activation *activation, void *arg)
{
    struct jump *jump = arg;
    jump->to = *activation;
    return !at_activation_contains(activation, jump->target);
}

/* Stop at the frame of the record or address, on the way from here to the target frame. */
static bool find_on_way(const struct at_activation *activation, void *arg)
{
    struct jump *jump = arg;
    bool is_target = activation->end == jump->to.end && activation->start == jump->to.start;
    bool found = jump->record && jump->record->frame.end
                     ? at_guard_record_is_in(jump->record, activation)
                     : at_activation_contains(activation, jump->address);
    if (found)
        jump->fate = is_target ? MAY_BE_LEFT : IS_LEFT;
    return !found && !is_target;
}

/* Return what the jump does to the record's frame. If the stack cannot be walked to the target,
   addresses decide. Stacks grow down, so a target below here is on another stack, and leaves no
   frame of either stack. */
static enum fate fate_of(struct jump *jump, const struct at_guard_record *record, uintptr_t address)
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
    jump->record = record;
    jump->address = address;
    jump->fate = STAYS;
    at_activations_visit(find_on_way, jump, &last);
    return jump->fate;
}

/* The jump may come from a signal handler that interrupted this library: reset what the library was
   doing in the frames that are left. */
static void leave_library(struct jump *jump)
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
    if (!at_local.n_guards && !at_local.inside && !at_local.suspended && !at_local.busy)
        return;
    uintptr_t last;
    if (target && target != UINTPTR_MAX)
        jump.walked = at_activations_visit(find_target, &jump, &last);
    leave_library(&jump);
    for (uint32_t i = at_local.n_guards; i-- > 0;) {
        if (i >= at_local.n_guards)
            continue;
        struct at_guard_record *record = &at_local.guards[i];
        enum fate fate = record->left ? IS_LEFT : fate_of(&jump, record, record->stack_pointer);
        if (fate != STAYS)
            end_record(i, target, fate == IS_LEFT);
    }
}

/* Called in the first round of the thread's destructors. */
static void end_thread(void)
{
    at_scope_guards_leave(UINTPTR_MAX);
    at_pages_free(at_local.guards, at_local.max_guards * sizeof *at_local.guards);
    at_local.guards = NULL;
    at_local.max_guards = at_local.n_guards = at_local.n_left = at_local.n_thrown = 0;
}

void at_scope_guards_start(void)
{
    at_thread_on_end(end_thread);
}
