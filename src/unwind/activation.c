/* SPDX-License-Identifier: MIT */
/* See activation.h. */
#include "unwind/activation.h"

#include "unwind/capture.h"

struct walk {
    at_activation_visit *visit;
    void *arg;
    uintptr_t stack_pointer; /* of the last frame that the walk reached; 0 before the first */
    bool whole;
    bool stopped;
};

/* The CFA that the unwinder returns for a frame is that frame's stack pointer, which is the end of
   the next inner frame. */
static _Unwind_Reason_Code visit_frame(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    int interrupted = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &interrupted);
    struct at_activation activation = {
        .start = walk->stack_pointer,
        .end = _Unwind_GetCFA(context),
        .return_address = address,
        .crosses = interrupted,
    };
    walk->stack_pointer = activation.end;
    walk->whole = address == 0;
    if (activation.start && !walk->visit(&activation, walk->arg)) {
        walk->stopped = true;
        return _URC_END_OF_STACK;
    }
    return _URC_NO_REASON;
}

enum at_walked at_activations_visit(at_activation_visit *visit, void *arg, uintptr_t *last)
{
    struct walk walk = { .visit = visit, .arg = arg };
    at_stack_backtrace(visit_frame, &walk);
    *last = walk.stack_pointer ? walk.stack_pointer : at_stack_pointer();
    if (walk.stopped)
        return AT_WALKED_STOPPED;
    return walk.whole ? AT_WALKED_WHOLE : AT_WALKED_CUT;
}
