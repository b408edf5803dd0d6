/* SPDX-License-Identifier: MIT */
/*
 * See panic.h. The message is written with write(2), without stdio and without libc's allocator. So
 * it also appears if the interrupted code holds the lock of a stream.
 */
#include "guard/panic.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tracker/panic.h"
#include "attribution/module.h"
#include "symbols/trace.h"
#include "track/thread.h"
#include "unwind/capture.h"

static uint32_t is_armed;         /* atomic: 1 until the trap fires */
static at_panic_handler *handler; /* atomic: NULL means abort */
static const char *trap_label = "";

void at_panic_on_next_alloc(bool enabled)
{
    __atomic_store_n(&is_armed, enabled, __ATOMIC_SEQ_CST);
    if (enabled)
        at_thread_arm(AT_STATE_PANIC);
    else
        at_thread_disarm(AT_STATE_PANIC);
}

at_panic_handler *at_set_panic_handler(at_panic_handler *replacement)
{
    return __atomic_exchange_n(&handler, replacement, __ATOMIC_ACQ_REL);
}

void at_trap_set_label(const char *label)
{
    trap_label = label;
}

bool at_trap_requested(void)
{
    const char *value = getenv("ALLOC_TRACKER_TRAP");
    return value && *value && strcmp(value, "0") != 0;
}

/* Print the call site, with `cause` and `label` in front. */
static void print_site(const char *cause, const char *label, enum at_function function, size_t size,
                       const struct at_stack *stack)
{
    struct at_text text = { 0 };
    struct at_lookup known = { 0 };
    struct at_trace trace;
    bool traced = at_trace_stack(&trace, &known, function, stack, AT_TRACE_FULL);
    const struct at_trace_row *at = traced ? at_trace_location(&trace) : NULL;
    at_text_printf(&text, "alloc_tracker: %s%s: ", cause, label);
    if (traced)
        at_trace_print_entry(&text, &trace, NULL);
    else
        at_text_add_string(&text, at_function_name(function));
    if (!at_function_releases(function)) {
        at_text_add_string(&text, " of ");
        at_text_add_count(&text, size);
        at_text_add_string(&text, size == 1 ? " byte" : " bytes");
        if (size == SIZE_MAX) /* the product of two numbers may be larger */
            at_text_add_string(&text, " or more");
    }
    if (at)
        at_text_printf(&text, " at %s:%d", at->file, at->line);
    at_text_add_string(&text, "\n");
    if (traced)
        at_trace_print(&text, &trace, "  ");
    if (traced)
        at_trace_print_notes(&text, &trace, "  ");
    at_text_write(&text, STDERR_FILENO);
    at_lookup_free(&known);
    at_text_free(&text);
}

bool at_panic_check(enum at_function function, size_t size, const void *caller)
{
    if (at_is_suspended())
        return false;
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    if (!at_attribution_counts(stack.frames, stack.n_frames))
        return false;
    if (!__atomic_exchange_n(&is_armed, 0, __ATOMIC_SEQ_CST))
        return false;
    at_thread_disarm(AT_STATE_PANIC);
    at_suspend();
    print_site("panic on allocation", "", function, size, &stack);
    at_resume();
    if (at_trap_requested())
        return true;
    at_panic_handler *end = __atomic_load_n(&handler, __ATOMIC_ACQUIRE);
    if (!end)
        abort();
    end();
    return false;
}

void at_trap_announce(enum at_function function, size_t size, const void *caller)
{
    struct at_stack stack;
    at_stack_capture(&stack, caller);
    at_suspend();
    print_site("budget exceeded, stopped by ALLOC_TRACKER_TRAP", trap_label, function, size,
               &stack);
    at_resume();
}
