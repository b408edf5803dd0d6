/* SPDX-License-Identifier: MIT */
/* See failure.h. */
#include "guard/failure.h"

#include "attribution/module.h"
#include "base/symbols.h"
#include "track/thread.h"
#include "unwind/capture.h"

struct plan {
    bool armed;
    bool lasting;   /* all later allocations fail too */
    uint64_t after; /* number of allocations that pass first */
    struct at_failure seen;
};

static __thread struct plan plan __attribute__((tls_model("initial-exec")));
static at_fail_observer *observe;
static const void *thread_atexit_impl; /* of libc, or NULL; looked up by make_plan() */
static const void *allocate_tls;       /* of the loader; allocates for a new thread */

static void make_plan(uint64_t after, bool lasting)
{
    if (!thread_atexit_impl)
        thread_atexit_impl = at_symbol("__cxa_thread_atexit_impl");
    if (!allocate_tls)
        allocate_tls = at_symbol("_dl_allocate_tls");
    __atomic_fetch_or(&at_thread_get()->state, AT_STATE_FAIL, __ATOMIC_RELAXED);
    plan = (struct plan){ .armed = true, .lasting = lasting, .after = after };
}

void at_fail_after(uint64_t n)
{
    make_plan(n, false);
}

void at_fail_from(uint64_t n)
{
    make_plan(n, true);
}

struct at_failure at_fail_end(void)
{
    struct at_failure seen = plan.seen;
    __atomic_fetch_and(&at_thread_get()->state, ~AT_STATE_FAIL, __ATOMIC_RELAXED);
    plan.armed = false;
    plan.seen = (struct at_failure){ 0 };
    return seen;
}

void at_fail_observe(at_fail_observer *observer)
{
    observe = observer;
}

/* Return true if libc or the loader would end the process without this memory. The loader does so
   when code outside libc calls it directly, which means: for a thread-local variable. */
static bool is_fatal(const struct at_stack *stack)
{
    const void *function = at_stack_function(stack->frames[0]);
    if (thread_atexit_impl && function == thread_atexit_impl)
        return true;
    bool in_loader = false;
    for (size_t i = 0; i < stack->n_frames; i++) {
        struct at_module module;
        if (!at_module_find(stack->frames[i], &module))
            return false;
        if (!module.loader)
            return in_loader && module.owner != AT_OWNER_RUNTIME;
        in_loader = true;
    }
    return false;
}

/* Return true if the allocation is for a new thread's descriptor. */
static bool is_for_thread(const struct at_stack *stack)
{
    for (size_t i = 0; i < stack->n_frames && i < 3; i++)
        if (allocate_tls && at_stack_function(stack->frames[i]) == allocate_tls)
            return true;
    return false;
}

/* Return true if the caller's allocation may fail. Direct calls of the user's code may always fail,
   and are most calls. For a call from a runtime library the stack decides. */
static bool is_failable(const void *caller, bool *for_thread)
{
    struct at_module module;
    if (at_module_find((uintptr_t) caller - 1, &module) && module.owner == AT_OWNER_USER)
        return true;
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    *for_thread = is_for_thread(&stack);
    return at_attribution_counts(stack.frames, stack.n_frames) && !is_fatal(&stack);
}

bool at_fail_check(enum at_function function, size_t size, const void *caller)
{
    bool for_thread = false;
    if (!plan.armed || size == SIZE_MAX || function == AT_NOTE_ALLOC
        || !is_failable(caller, &for_thread))
        return false;
    if (function == AT_NEW && at_thread_armed() & AT_STATE_SANITIZED) {
        plan.seen.unfailable++;
        return false;
    }
    uint64_t n = plan.seen.allocs++;
    plan.seen.threads += for_thread;
    if (plan.lasting ? n < plan.after : n != plan.after)
        return false;
    if (plan.seen.failed++ == 0 && observe)
        observe(at_site_capture(NULL, function, caller));
    return true;
}
