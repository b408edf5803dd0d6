/* SPDX-License-Identifier: MIT */
/*
 * See scope_guards.h. This file finds the scope guards that the running code is inside of, and
 * those that a C++ exception has left. It runs inside allocations, so it never calls `left`.
 */
#include "guard/scope_guards.h"

#include "base/exceptions.h"
#include "guard/guard_record.h"
#include "unwind/capture.h"

enum { NEAR = 256 << 10 }; /* bytes at most between a guard and the last frame that was walked */

struct search {
    bool (*matches)(const struct at_guard_record *record);
    uint32_t innermost; /* index of the innermost one that was found, or UINT32_MAX */
    uint32_t newest;    /* when this one is found, the search can end */
};

static bool is_permit(const struct at_guard_record *record)
{
    return record->type->kind == AT_GUARD_PERMIT;
}

static bool is_not_counted(const struct at_guard_record *record)
{
    return record->type->kind == AT_GUARD_INNER || record->type->kind == AT_GUARD_FRAMEWORK;
}

static void note_found(struct search *search, uint32_t i)
{
    if (search->innermost == UINT32_MAX || search->innermost < i)
        search->innermost = i;
}

static bool find_in_call(const struct at_activation *activation, void *arg)
{
    struct search *search = arg;
    for (uint32_t i = at_local.n_guards; i-- > 0;) {
        const struct at_guard_record *record = &at_local.guards[i];
        if (search->matches(record) && record->frame.end
            && at_guard_record_is_in(record, activation))
            note_found(search, i);
    }
    return search->innermost != search->newest;
}

/* Return the index of the innermost matching scope guard that the running code is inside of, or
   UINT32_MAX. */
static uint32_t find_live(bool (*matches)(const struct at_guard_record *record))
{
    struct search search = {
        .matches = matches,
        .innermost = UINT32_MAX,
        .newest = UINT32_MAX,
    };
    for (uint32_t i = 0; i < at_local.n_guards; i++)
        if (matches(&at_local.guards[i]))
            search.newest = i;
    if (search.newest == UINT32_MAX)
        return UINT32_MAX;
    uintptr_t last;
    if (at_activations_visit(find_in_call, &search, &last) != AT_WALKED_CUT)
        return search.innermost;
    for (uint32_t i = 0; i < at_local.n_guards; i++) {
        const struct at_guard_record *record = &at_local.guards[i];
        if (matches(record) && record->stack_pointer >= last && record->stack_pointer - last < NEAR)
            note_found(&search, i);
    }
    return search.innermost;
}

uint64_t at_scope_guards_permit(const void *caller)
{
    if (at_stack_is_in_unwinder((uintptr_t) caller))
        return 0; /* the unwinder holds its lock, and must not be called */
    uint32_t i = find_live(is_permit);
    return i == UINT32_MAX ? 0 : at_local.guards[i].begun;
}

enum at_scope_guard_kind at_scope_guards_inner(void)
{
    uint32_t i = find_live(is_not_counted);
    return i == UINT32_MAX ? AT_GUARD_BLOCK : at_local.guards[i].type->kind;
}

/* The C++ runtime allocates an exception before it throws. No other way of noticing a throw works
   in programs with a static C++ runtime. */
void *__cxa_allocate_exception(size_t size) __attribute__((weak));

static bool is_throwing(const void *caller)
{
    uintptr_t function = (uintptr_t) __cxa_allocate_exception;
    return function && (uintptr_t) caller - function < 4096
           && at_stack_unwinder_function((uintptr_t) caller - 1) == (void *) function;
}

static bool mark_thrown(const struct at_activation *activation, void *arg)
{
    (void) arg;
    for (uint32_t i = at_local.n_guards; i-- > 0;) {
        struct at_guard_record *record = &at_local.guards[i];
        if (record->thrown || record->left || !at_guard_record_is_in(record, activation))
            continue;
        record->thrown = true;
        at_local.n_thrown++;
    }
    return true;
}

static bool find_thrown(const struct at_activation *activation, void *arg)
{
    uint64_t *live = arg; /* a bit for each of the first 64; the others stay marked */
    for (uint32_t i = 0; i < at_local.n_guards && i < 64; i++)
        if (at_local.guards[i].thrown && at_guard_record_is_in(&at_local.guards[i], activation))
            *live |= (uint64_t) 1 << i;
    return true;
}

/* Stop the scope guards that an exception was thrown from within and whose frames are no longer on
   the stack. */
static void stop_thrown(void)
{
    uint64_t live = 0;
    uintptr_t last;
    if (at_activations_visit(find_thrown, &live, &last) != AT_WALKED_WHOLE)
        return;
    bool in_flight = at_exceptions_in_flight() > 0;
    for (uint32_t i = at_local.n_guards < 64 ? at_local.n_guards : 64; i-- > 0;) {
        struct at_guard_record *record = &at_local.guards[i];
        bool stays = live >> i & 1;
        if (!record->thrown || (stays && in_flight))
            continue;
        record->thrown = false;
        at_local.n_thrown--;
        if (!stays)
            at_guard_record_mark_left(i);
    }
}

void at_scope_guards_watch(const void *caller)
{
    uintptr_t last;
    if (at_local.busy)
        return; /* a signal handler that interrupted the tracker */
    if (is_throwing(caller))
        at_activations_visit(mark_thrown, NULL, &last);
    else if (at_local.n_thrown)
        stop_thrown();
}
