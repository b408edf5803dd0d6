/* SPDX-License-Identifier: MIT */
/* See scope_guards.h. Which brackets the running code is in. Inside an allocation: nothing is
 * judged. */
#include "guard/scope_guards.h"

#include "base/exceptions.h"
#include "guard/bracket.h"
#include "unwind/capture.h"

enum { NEAR = 256 << 10 }; /* bytes between a frame and where the unwinder lost its way, at most */

struct search {
    bool (*wants)(const struct at_bracket *bracket);
    uint32_t best;   /* the innermost that was found, or UINT32_MAX */
    uint32_t newest; /* when this is found there is none better */
};

static bool is_permit(const struct at_bracket *bracket)
{
    return bracket->type->kind == AT_BRACKET_PERMIT;
}

static bool is_inner(const struct at_bracket *bracket)
{
    return bracket->type->kind == AT_BRACKET_INNER || bracket->type->kind == AT_BRACKET_FOREIGN;
}

static void note(struct search *search, uint32_t i)
{
    if (search->best == UINT32_MAX || search->best < i)
        search->best = i;
}

static bool look(const struct at_activation *activation, void *arg)
{
    struct search *search = arg;
    for (uint32_t i = at_local.n_brackets; i-- > 0;) {
        const struct at_bracket *bracket = &at_local.brackets[i];
        if (search->wants(bracket) && bracket->frame.end && at_bracket_is_in(bracket, activation))
            note(search, i);
    }
    return search->best != search->newest;
}

/* The innermost of them that the running code is in; UINT32_MAX for none. */
static uint32_t find_live(bool (*wants)(const struct at_bracket *bracket))
{
    struct search search = { .wants = wants, .best = UINT32_MAX, .newest = UINT32_MAX };
    for (uint32_t i = 0; i < at_local.n_brackets; i++)
        if (wants(&at_local.brackets[i]))
            search.newest = i;
    if (search.newest == UINT32_MAX)
        return UINT32_MAX;
    uintptr_t last;
    if (at_activations_visit(look, &search, &last) != AT_WALKED_CUT)
        return search.best;
    for (uint32_t i = 0; i < at_local.n_brackets; i++) {
        const struct at_bracket *bracket = &at_local.brackets[i];
        if (wants(bracket) && bracket->stack_pointer >= last
            && bracket->stack_pointer - last < NEAR)
            note(&search, i);
    }
    return search.best;
}

uint64_t at_scope_guards_permit(const void *caller)
{
    if (at_stack_is_in_unwinder((uintptr_t) caller))
        return 0; /* it must not be asked */
    uint32_t i = find_live(is_permit);
    return i == UINT32_MAX ? 0 : at_local.brackets[i].begun;
}

enum at_bracket_kind at_scope_guards_inner(void)
{
    uint32_t i = find_live(is_inner);
    return i == UINT32_MAX ? AT_BRACKET_BLOCK : at_local.brackets[i].type->kind;
}

/* The C++ runtime asks for an exception's memory before it throws: there is no other way to hear of
   a throw that is not in the way of programs with a static C++ runtime. */
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
    for (uint32_t i = at_local.n_brackets; i-- > 0;) {
        struct at_bracket *bracket = &at_local.brackets[i];
        if (bracket->thrown || bracket->left || !at_bracket_is_in(bracket, activation))
            continue;
        bracket->thrown = true;
        at_local.n_thrown++;
    }
    return true;
}

static bool clear_thrown(const struct at_activation *activation, void *arg)
{
    uint64_t *live = arg; /* a bit for each; those beyond stay marked */
    for (uint32_t i = 0; i < at_local.n_brackets && i < 64; i++)
        if (at_local.brackets[i].thrown && at_bracket_is_in(&at_local.brackets[i], activation))
            *live |= (uint64_t) 1 << i;
    return true;
}

/* Those that the exception was thrown from within, and that are on the stack no more, it left. */
static void settle_thrown(void)
{
    uint64_t live = 0;
    uintptr_t last;
    if (at_activations_visit(clear_thrown, &live, &last) != AT_WALKED_WHOLE)
        return;
    bool in_flight = at_exceptions_in_flight() > 0;
    for (uint32_t i = at_local.n_brackets < 64 ? at_local.n_brackets : 64; i-- > 0;) {
        struct at_bracket *bracket = &at_local.brackets[i];
        bool stays = live >> i & 1;
        if (!bracket->thrown || (stays && in_flight))
            continue;
        bracket->thrown = false;
        at_local.n_thrown--;
        if (!stays)
            at_bracket_mark_left(i);
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
        settle_thrown();
}
