/* SPDX-License-Identifier: MIT */
/* See call.h. */
#include "interpose/call.h"

#include <errno.h>

#include "attribution/loaded.h"
#include "attribution/module.h"
#include "guard/failure.h"
#include "guard/panic.h"
#include "guard/scope_guards.h"
#include "guard/suppress.h"
#include "interpose/underlying.h"
#include "unwind/capture.h"

static struct at_thread *self_get(void)
{
    if (at_thread_state(at_self) & AT_STATE_BOOT)
        at_underlying_resolve();
    struct at_thread *self = at_thread_get();
    if (at_underlying.sanitized && !(at_thread_armed() & AT_STATE_SANITIZED))
        at_thread_arm(AT_STATE_SANITIZED);
    return self;
}

/* Return true if a suppression matches the call site. The tracker is left while the patterns are
   compared, once for each site. A signal handler that interrupted the tracker cannot compare them;
   then the event is counted. */
static bool is_suppressed(const struct at_call_site *site, bool *entered)
{
    if (!at_suppress_is_decided(site) && *entered) {
        at_tracker_leave();
        at_suppress_decide(site);
        *entered = at_tracker_enter();
    }
    return __atomic_load_n(&site->suppressed, __ATOMIC_RELAXED);
}

/* Set each member but `old.block`: to clear it would cost a fifth of a tracked call. */
static void start_event(struct at_event *event, enum at_event_kind kind, const struct at_call *call)
{
    event->kind = kind;
    event->address = 0;
    event->size = 0;
    event->old.state = AT_OLD_NONE;
    event->attribution = AT_UNATTRIBUTED;
    event->lost = false;
    event->thread = call->self->serial;
    event->permit = at_local.n_guards ? at_scope_guards_permit(call->caller) : 0;
    event->site = NULL;
}

static enum at_attribution attribution_of(bool counted)
{
    return counted ? AT_COUNTED : AT_NOT_COUNTED;
}

static bool wants_stack(const struct at_event *event, const struct at_call *call)
{
    return event->kind == AT_EVENT_ALLOC  ? at_tracker_wants_stack(call->self)
           : event->kind == AT_EVENT_FREE ? at_tracker_wants_free_stack()
                                          : false;
}

/* Decide whether the event is counted, and capture its stack if a region wants it. */
static void attribute(struct at_event *event, const struct at_call *call, bool *entered)
{
    struct at_stack_cache **cache = at_thread_stack_cache(call->self);
    event->attribution = AT_NOT_COUNTED;
    if (call->part != AT_PART_OWN || (!*entered && at_stack_is_unwinding())) {
        event->lost = true;
        return;
    }
    if (!wants_stack(event, call)) {
        event->attribution = attribution_of(at_site_is_counted(cache, call->caller));
        return;
    }
    event->site = at_site_capture(cache, call->function, call->caller);
    event->lost = !event->site;
    event->attribution = attribution_of(!event->site || event->site->counted);
    if (event->site && event->site->counted && at_suppress_is_active()
        && is_suppressed(event->site, entered))
        event->permit = AT_PERMIT_EVERYWHERE;
}

static inline bool leave_tracker(const struct at_call *call, bool trap)
{
    at_tracker_leave();
    if (trap)
        at_trap_announce(call->function, call->size, call->caller);
    return trap;
}

static inline bool deliver(struct at_event *event, const struct at_call *call, bool entered)
{
    bool trap = false;
    while (entered && !at_tracker_apply(event, &trap))
        attribute(event, call, &entered);
    if (entered)
        return leave_tracker(call, trap);
    at_tracker_defer(event);
    return false;
}

/* Return true if the underlying allocator makes this call itself, as part of another call. */
static bool is_nested(void)
{
    return at_underlying.guarded && at_stack_pointer() < at_local.inside;
}

static bool is_tracking(void)
{
    return at_thread_armed() & AT_STATE_TRACK;
}

static __attribute__((noinline, cold)) enum at_part special_part(const void *caller)
{
    enum at_scope_guard_kind inner = AT_GUARD_BLOCK;
    if (at_local.n_guards && !at_stack_is_in_unwinder((uintptr_t) caller)) {
        at_scope_guards_watch(caller);
        inner = at_scope_guards_inner();
    }
    if (inner == AT_GUARD_INNER)
        return AT_PART_INNER;
    return inner == AT_GUARD_FRAMEWORK || at_is_suspended() ? AT_PART_NOT_COUNTED : AT_PART_OWN;
}

static inline enum at_part part_of(const void *caller)
{
    return __builtin_expect(at_local.special != 0, 0) ? special_part(caller) : AT_PART_OWN;
}

static struct at_call begin_call(enum at_function function, void *old, size_t size,
                                 const void *caller)
{
    /* Each member but `old.block`, as in start_event(). */
    struct at_call call;
    call.function = function;
    call.part = AT_PART_OWN;
    call.fails = false;
    call.trap = false;
    call.old.state = old ? AT_OLD_PENDING : AT_OLD_NONE;
    call.old.block.address = (uintptr_t) old;
    call.nested = is_nested();
    call.size = size;
    call.caller = caller;
    call.self = self_get();
    if (__builtin_expect(call.nested, 0))
        return call;
    call.part = part_of(caller);
    if (__builtin_expect(call.part != AT_PART_OWN, 0))
        return call;
    call.trap = at_thread_armed() & AT_STATE_PANIC && at_panic_check(function, size, caller);
    /* Threads that have run their last destructor share a block, so its state cannot have the bit.
     */
    call.fails = at_thread_state(call.self) & (AT_STATE_FAIL | AT_STATE_DEAD) && !(old && size == 0)
                 && at_fail_check(function, size, caller);
    return call;
}

struct at_call at_call_begin(enum at_function function, size_t size, const void *caller)
{
    return begin_call(function, NULL, size, caller);
}

struct at_call at_call_begin_realloc(enum at_function function, void *old, size_t size,
                                     const void *caller)
{
    struct at_call call = begin_call(function, old, size, caller);
    if (!old || call.nested)
        return call;
    /* Without tracking there is no record. If tracking begins before the allocator returns, a
       record with this address is that of another block. */
    if (!is_tracking()) {
        call.old.state = AT_OLD_UNKNOWN;
    } else if (at_tracker_enter()) {
        at_tracker_take(&call.old);
        at_tracker_leave();
    }
    return call;
}

static void end_failed(struct at_call *call)
{
    int error = call->fails ? ENOMEM : errno;
    if (call->part != AT_PART_INNER)
        at_thread_count(call->self, &call->self->counters.failed, 1);
    if (is_tracking()) {
        struct at_event event;
        start_event(&event, AT_EVENT_FAILED, call);
        bool entered = at_tracker_enter();
        if (entered && call->old.state == AT_OLD_RECORDED)
            at_tracker_put_back(&call->old.block);
        attribute(&event, call, &entered);
        deliver(&event, call, entered);
    }
    errno = error;
}

static void end_freed(struct at_call *call)
{
    if (call->part != AT_PART_INNER)
        at_thread_count(call->self, &call->self->counters.frees, 1);
    if (!is_tracking())
        return;
    struct at_event event;
    start_event(&event, AT_EVENT_FREE, call);
    bool entered = at_tracker_enter();
    if (call->old.state != AT_OLD_NONE)
        event.old = call->old;
    attribute(&event, call, &entered);
    call->trap |= deliver(&event, call, entered);
}

static inline void count_alloc(const struct at_call *call)
{
    struct at_counters *counters = &call->self->counters;
    at_thread_count(call->self, &counters->allocs, 1);
    at_thread_count(call->self, &counters->bytes, call->size);
    if (call->old.state != AT_OLD_NONE)
        at_thread_count(call->self, &counters->reallocs, 1);
}

void at_call_end(struct at_call *call, const void *block)
{
    call->trap = false;
    if (call->nested)
        return;
    if (!block) {
        if (call->old.state != AT_OLD_NONE && call->size == 0)
            end_freed(call);
        else
            end_failed(call);
        return;
    }
    if (__builtin_expect(call->part != AT_PART_INNER, 1))
        count_alloc(call);
    if (!is_tracking())
        return;
    struct at_event event;
    start_event(&event, AT_EVENT_ALLOC, call);
    event.address = (uintptr_t) block;
    event.size = call->size;
    at_live_expect(event.address);
    bool entered = at_tracker_enter();
    if (call->old.state != AT_OLD_NONE)
        event.old = call->old;
    attribute(&event, call, &entered);
    call->trap = deliver(&event, call, entered);
}

bool at_call_free(enum at_function function, void *block, const void *caller)
{
    struct at_call call; /* only the members that are needed here */
    call.function = function;
    call.caller = caller;
    call.size = 0;
    call.self = self_get();
    if (__builtin_expect(is_nested(), 0))
        return false;
    call.part = part_of(caller);
    /* The loader releases the memory that described an object after it has unmapped the code. */
    if (at_module_is_loader(caller))
        at_loaded_change();
    if (call.part != AT_PART_INNER)
        at_thread_count(call.self, &call.self->counters.frees, 1);
    if (!is_tracking())
        return false;
    struct at_event event;
    start_event(&event, AT_EVENT_FREE, &call);
    event.old.state = AT_OLD_PENDING;
    event.old.block.address = (uintptr_t) block;
    at_live_expect((uintptr_t) block);
    bool entered = at_tracker_enter();
    /* The record of the block usually decides whom the release is counted for. */
    if (!entered || at_tracker_wants_free_stack())
        attribute(&event, &call, &entered);
    return deliver(&event, &call, entered);
}
