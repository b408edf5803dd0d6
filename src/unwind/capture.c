/* SPDX-License-Identifier: MIT */
/* See capture.h. */
#include "unwind/capture.h"

#include "base/mapping.h"
#include "unwind/activation.h"

/* A function of libgcc without a public declaration: return the table entry for an address, or
 * NULL.
 */
const void *_Unwind_Find_FDE(void *address, void *bases[3]);

static bool has_tables; /* the unwinder aborts in code without tables */

/* libgcc may allocate and free while it holds a lock that each of its functions takes. So it is not
   called for an allocation that libgcc makes, or that happens inside a call of libgcc by this
   library. `unwinding` is the stack pointer of that call, or 0. */
static __thread uintptr_t unwinding __attribute__((tls_model("initial-exec")));
static struct at_mapping libgcc; /* empty if libgcc is part of the object with this code */

bool at_stack_is_in_unwinder(uintptr_t address)
{
    return at_mapping_contains(&libgcc, address);
}

static bool may_unwind(const void *caller)
{
    return has_tables && !at_stack_is_unwinding() && !at_stack_is_in_unwinder((uintptr_t) caller);
}

struct walk {
    struct at_stack *stack;
    size_t max;
    uintptr_t caller;
    bool seen;
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    struct at_stack *stack = walk->stack;
    int before_instruction = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
    if (address == 0) {
        walk->stack->end = AT_STACK_WHOLE;
        return _URC_END_OF_STACK;
    }
    if (!walk->seen) {
        if (address != walk->caller)
            return _URC_NO_REASON;
        walk->seen = true;
    }
    if (stack->n_frames == walk->max) {
        stack->end = AT_STACK_CUT;
        return _URC_END_OF_STACK;
    }
    /* A return address may belong to the next source line, so step back into the call. In a frame
       that a signal interrupted, the address is that of the next instruction to execute. */
    stack->frames[stack->n_frames++] = before_instruction ? address : address - 1;
    return _URC_NO_REASON;
}

void at_stack_backtrace(_Unwind_Trace_Fn visit_frame, void *arg)
{
    if (!has_tables || at_stack_is_unwinding())
        return;
    unwinding = at_stack_pointer();
    _Unwind_Backtrace(visit_frame, arg);
    unwinding = 0;
}

void at_stack_capture_some(struct at_stack *stack, const void *caller, size_t max)
{
    stack->n_frames = 0;
    stack->end = AT_STACK_LOST; /* unless the walk finds the end */
    struct walk walk = { .stack = stack, .max = max, .caller = (uintptr_t) caller };
    if (may_unwind(caller))
        at_stack_backtrace(add_frame, &walk);
    if (stack->n_frames == 0) {
        stack->end = AT_STACK_LOST;
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

const void *at_stack_unwinder_function(uintptr_t address)
{
    if (at_stack_is_unwinding() || !has_tables)
        return NULL;
    unwinding = at_stack_pointer();
    const void *function = _Unwind_FindEnclosingFunction((void *) address);
    unwinding = 0;
    return function;
}

bool at_stack_is_unwinding(void)
{
    /* A signal handler may have left the unwinder by longjmp(). */
    return unwinding && at_stack_pointer() <= unwinding;
}

void at_stack_start(void)
{
    struct at_mapping own;
    if (at_mapping_find((uintptr_t) _Unwind_Backtrace, &libgcc)
        && at_mapping_find((uintptr_t) at_stack_start, &own) && own.start == libgcc.start)
        libgcc.start = libgcc.end = 0;
    has_tables = at_stack_has_table((uintptr_t) at_stack_start);
    struct at_stack stack;
    at_stack_capture(&stack, NULL);
}

bool at_stack_has_table(uintptr_t address)
{
    void *bases[3];
    return _Unwind_Find_FDE((void *) address, bases) != NULL;
}

bool at_stack_is_complete(void)
{
    return has_tables;
}
