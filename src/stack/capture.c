/* SPDX-License-Identifier: MIT */
/* See capture.h. */
#include "stack/capture.h"

#include <unwind.h>

/* Of libgcc's, in no header of its: the tables for an address, or NULL. */
const void *_Unwind_Find_FDE(void *address, void *bases[3]);

static bool has_tables; /* without which the unwinder aborts */

struct walk {
    struct at_stack *stack;
    size_t max;
    uintptr_t caller;
    bool seen;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    struct at_stack *stack = walk->stack;
    int before_instruction = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
    if (address == 0)
        return _URC_END_OF_STACK;
    if (!walk->seen) {
        if (address != walk->caller)
            return _URC_NO_REASON;
        walk->seen = true;
    }
    if (stack->n_frames == walk->max) {
        stack->cut = true;
        return _URC_END_OF_STACK;
    }
    /* A return address may belong to the next line; an interrupted instruction is itself. */
    stack->frames[stack->n_frames++] = before_instruction ? address : address - 1;
    return _URC_NO_REASON;
}

void at_stack_capture_some(struct at_stack *stack, const void *caller, size_t max)
{
    stack->n_frames = 0;
    stack->cut = false;
    struct walk walk = { .stack = stack, .max = max, .caller = (uintptr_t) caller };
    if (has_tables)
        _Unwind_Backtrace(visit, &walk);
    if (stack->n_frames == 0) {
        stack->frames[0] = walk.caller - 1;
        stack->n_frames = 1;
    }
    stack->hash = 0;
    for (size_t i = stack->n_frames; i-- > 0;)
        stack->hash = at_stack_hash(stack->hash, stack->frames[i]);
}

__attribute__((noinline)) void at_stack_capture(struct at_stack *stack, const void *caller)
{
    at_stack_capture_some(stack, caller ? caller : __builtin_return_address(0), AT_STACK_MAX);
}

void at_stack_start(void)
{
    void *bases[3];
    has_tables = _Unwind_Find_FDE((void *) at_stack_start, bases) != NULL;
    struct at_stack stack;
    at_stack_capture(&stack, NULL);
}

bool at_stack_is_complete(void)
{
    return has_tables;
}
