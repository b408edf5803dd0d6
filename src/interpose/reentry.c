/* SPDX-License-Identifier: MIT */
/*
 * See reentry.h. While the underlying allocator runs, `at_local.inside` marks its own calls, so
 * that slow paths do not count them. Calls that take a fast path are counted, and subtracted
 * afterwards.
 */
#include "interpose/reentry.h"

#include "track/thread.h"

static struct at_underlying guarded;

struct guard {
    uintptr_t outer;        /* former value of at_local.inside */
    struct at_thread *self; /* NULL if other threads use the counters too */
    struct at_counters before;
};

static inline __attribute__((always_inline)) struct guard enter_allocator(void)
{
    struct guard guard = { .self = at_self };
    if (at_thread_state(guard.self) & (AT_STATE_BOOT | AT_STATE_DEAD))
        guard.self = NULL;
    else
        guard.before = guard.self->counters;
    guard.outer = at_local.inside;
    at_local.inside = at_stack_pointer();
    return guard;
}

static inline __attribute__((always_inline)) void leave_allocator(const struct guard *guard)
{
    at_local.inside = guard->outer;
    if (guard->self)
        guard->self->counters = guard->before;
}

#define GUARD(Type, Member, Parameters, ...)                                                       \
    static Type guarded_##Member Parameters                                                        \
    {                                                                                              \
        struct guard guard = enter_allocator();                                                    \
        Type result = guarded.Member(__VA_ARGS__);                                                 \
        leave_allocator(&guard);                                                                   \
        return result;                                                                             \
    }

#define GUARD_VOID(Member, Parameters, ...)                                                        \
    static void guarded_##Member Parameters                                                        \
    {                                                                                              \
        struct guard guard = enter_allocator();                                                    \
        guarded.Member(__VA_ARGS__);                                                               \
        leave_allocator(&guard);                                                                   \
    }

GUARD(void *, malloc, (size_t size), size)
GUARD(void *, calloc, (size_t n, size_t size), n, size)
GUARD(void *, realloc, (void *block, size_t size), block, size)
GUARD(void *, aligned_alloc, (size_t alignment, size_t size), alignment, size)
GUARD(void *, memalign, (size_t alignment, size_t size), alignment, size)
GUARD(int, posix_memalign, (void **block, size_t alignment, size_t size), block, alignment, size)
GUARD(void *, valloc, (size_t size), size)
GUARD(void *, pvalloc, (size_t size), size)
GUARD_VOID(free, (void *block), block)
GUARD_VOID(free_sized, (void *block, size_t size), block, size)
GUARD_VOID(free_aligned_sized, (void *block, size_t alignment, size_t size), block, alignment, size)

void at_guard_from_itself(struct at_underlying *allocator)
{
    guarded = *allocator;
    *allocator = (struct at_underlying){
        .malloc = guarded_malloc,
        .free = guarded_free,
        .calloc = guarded_calloc,
        .realloc = guarded_realloc,
        .aligned_alloc = guarded_aligned_alloc,
        .memalign = guarded_memalign,
        .posix_memalign = guarded_posix_memalign,
        .valloc = guarded_valloc,
        .pvalloc = guarded_pvalloc,
        .free_sized = guarded_free_sized,
        .free_aligned_sized = guarded_free_aligned_sized,
        .sanitized = guarded.sanitized,
        .guarded = true,
    };
}
