/* SPDX-License-Identifier: MIT */
/*
 * The guards, in C. The file is compiled with -fexceptions, without (no cleanup runs when an
 * exception passes), and without unwind tables (no exception can pass).
 */
#include "leave.h"

#include <stdlib.h>

#include <alloc_tracker/alloc_tracker.h>

static void (*leaver)(void);
static char pool[2][64];

static void *leaving_alloc(void *context, size_t size)
{
    (void) context;
    (void) size;
    free(malloc(77)); /* part of the counted call */
    leaver();
    return pool[1];
}

static void *leaving_realloc(void *context, void *old, size_t size)
{
    (void) old;
    return leaving_alloc(context, size);
}

static void leaving_free(void *context, void *block)
{
    (void) block;
    leaving_alloc(context, 0);
}

static const struct at_allocator leaving = { leaving_alloc, leaving_realloc, leaving_free, NULL };
static struct at_session *session;
static struct at_span tracked;
static struct at_region *region;

static struct at_operation *operation(void)
{
    if (!session)
        session = at_session_new();
    return at_session_operation(session, "left");
}

static void on_panic(void)
{
    leaver();
}

static void nest(void (*leave)(void))
{
    struct at_permit outer, inner;
    at_permit_begin(&outer);
    at_permit_begin(&inner);
    at_permit_end(&outer);
    leave();
    at_permit_end(&inner);
}

static void leave_span(void)
{
    at_measure_thread (operation())
        leaver();
}

static void leave_tracked_span(void)
{
    at_span_begin_tracked(operation(), AT_PROCESS, &tracked);
    leaver();
}

static void leave_failure(void)
{
    at_fail_after(1000);
    leaver();
}

static void leave_region(void)
{
    at_region_begin(AT_PROCESS, &region);
    leaver();
}

static void leave_panic_handler(void)
{
    at_set_panic_handler(on_panic);
    at_panic_on_next_alloc(true);
    free(malloc(1));
}

void enter(enum guard guard, void (*leave)(void))
{
    struct at_permit permit __attribute__((cleanup(at_permit_end))) = { 0 };
    if (!leave) {
        free(malloc(1000));
        return;
    }
    leaver = leave;
    switch (guard) {
        case PERMIT:
            at_permit_begin(&permit);
            leave();
            break;
        case NESTED_PERMITS: nest(leave); break;
        case ALLOCATOR_ALLOC: at_allocator_alloc(&leaving, 10); break;
        case ALLOCATOR_REALLOC:
            at_region_begin(AT_PROCESS, &region);
            at_note_alloc(pool[0], 30);
            at_allocator_realloc(&leaving, pool[0], 40);
            break;
        case ALLOCATOR_FREE: at_allocator_free(&leaving, pool[0]); break;
        case FAILURE: leave_failure(); break;
        case SPAN: leave_span(); break;
        case TRACKED_SPAN: leave_tracked_span(); break;
        case REGION: leave_region(); break;
        case PANIC_HANDLER: leave_panic_handler(); break;
        case N_GUARDS: break;
    }
}

/* The old block is still recorded after a realloc that was left, so its release is known. */
static const char *settle_realloc(void)
{
    struct at_usage before = at_region_usage(region);
    at_note_free(pool[before.reallocs]);
    struct at_usage after = at_region_usage(region);
    region = at_region_free(region);
    if (before.allocs != 1 + before.reallocs || before.live != (before.reallocs ? 40 : 30))
        return "not the old block and the new one";
    return after.unknown || after.leaks || after.live ? "the old block is off the record" : NULL;
}

const char *settle(enum guard guard)
{
    at_set_panic_handler(NULL);
    if (guard == ALLOCATOR_REALLOC && region)
        return settle_realloc();
    if (guard == FAILURE)
        at_fail_end();
    if (guard == TRACKED_SPAN)
        at_span_discard(&tracked);
    region = at_region_free(region);
    return NULL;
}
