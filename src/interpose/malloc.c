/* SPDX-License-Identifier: MIT */
/*
 * The malloc family that the whole process calls.
 *
 * The fast paths of malloc, calloc, realloc and free test one word, count in the calling thread's
 * own block, and jump to the underlying allocator. They call nothing else and take no lock. All
 * other cases take a slow path, by a tail call too: a thread's first call, tracking, an armed trap,
 * a sanitizer, and requests of 64 KiB or more, which can fail and must then not be counted. The
 * aligned functions are called rarely, so they have only a slow path.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "alloc_tracker/attributes.h"
#include "base/frame.h"
#include "base/trap.h"
#include "interpose/call.h"
#include "interpose/underlying.h"

#define COLD __attribute__((noinline, cold))
#define UNLIKELY(Condition) __builtin_expect(!!(Condition), 0)
#define CALLER() __builtin_extract_return_addr(__builtin_return_address(0))

/* A macro, so that the breakpoint is in the slow path itself, one frame away from the caller. */
#define TRAP_IF(Condition)                                                                         \
    do {                                                                                           \
        if (Condition)                                                                             \
            AT_TRAP();                                                                             \
    } while (0)

/* Of ThreadSanitizer: the code that it instruments records each call with the return address. */
void __tsan_func_entry(const void *caller) __attribute__((weak));
void __tsan_func_exit(void) __attribute__((weak));

/* Return true for the program's own code. Other libraries may be without instrumentation, and may
   call after ThreadSanitizer has released its data of the thread. */
static bool is_instrumented(const void *caller)
{
    return (uintptr_t) caller - at_underlying.program < at_underlying.program_size;
}

static COLD void note_entry(const void *caller)
{
    if (is_instrumented(caller))
        __tsan_func_entry(caller);
}

static COLD void note_exit(const void *caller)
{
    if (is_instrumented(caller))
        __tsan_func_exit();
}

/* Before and after a call of the underlying allocator. Under a sanitizer, its hooks must not count
   this call again. The sanitizer finds the user's frames through the frame pointers, and
   ThreadSanitizer through the calls that it has recorded. A slow path is reached by a jump, so it
   returns to the user's code. */
#define ENTER_UNDERLYING()                                                                         \
    bool sanitized = at_underlying.sanitized;                                                      \
    uintptr_t outer = 0;                                                                           \
    do {                                                                                           \
        AT_KEEP_FRAME_POINTER();                                                                   \
        if (UNLIKELY(sanitized)) {                                                                 \
            outer = at_local.inside;                                                               \
            at_local.inside = at_stack_pointer();                                                  \
            note_entry(CALLER());                                                                  \
        }                                                                                          \
    } while (0)
#define LEAVE_UNDERLYING()                                                                         \
    do {                                                                                           \
        if (UNLIKELY(sanitized)) {                                                                 \
            note_exit(CALLER());                                                                   \
            at_local.inside = outer;                                                               \
        }                                                                                          \
    } while (0)

static COLD void *slow_malloc(size_t size, const void *caller)
{
    struct at_call call = at_call_begin(AT_MALLOC, size, caller);
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.malloc(size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

static COLD void *slow_calloc(size_t n, size_t size, const void *caller)
{
    size_t bytes;
    bool overflow = __builtin_mul_overflow(n, size, &bytes);
    struct at_call call = at_call_begin(AT_CALLOC, overflow ? SIZE_MAX : bytes, caller);
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.calloc(n, size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

static COLD void slow_free(void *block, const void *caller)
{
    int saved = errno;
    TRAP_IF(at_call_free(AT_FREE, block, caller));
    errno = saved;
    ENTER_UNDERLYING();
    at_underlying.free(block);
    LEAVE_UNDERLYING();
}

static COLD void *slow_realloc(enum at_function function, void *old, size_t size,
                               const void *caller)
{
    struct at_call call = at_call_begin_realloc(function, old, size, caller);
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.realloc(old, size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

AT_API void *malloc(size_t size)
{
    struct at_thread *self = at_self;
    if (UNLIKELY((size | at_thread_state(self)) >> AT_FAST_SHIFT))
        return slow_malloc(size, CALLER());
    at_counter_add(&self->counters.allocs, 1);
    at_counter_add(&self->counters.bytes, size);
    return at_underlying.malloc(size);
}

AT_API void *calloc(size_t n, size_t size)
{
    struct at_thread *self = at_self;
    size_t bytes;
    if (UNLIKELY(__builtin_mul_overflow(n, size, &bytes)
                 || (bytes | at_thread_state(self)) >> AT_FAST_SHIFT))
        return slow_calloc(n, size, CALLER());
    at_counter_add(&self->counters.allocs, 1);
    at_counter_add(&self->counters.bytes, bytes);
    return at_underlying.calloc(n, size);
}

AT_API void free(void *block)
{
    if (!block)
        return;
    struct at_thread *self = at_self;
    if (UNLIKELY(at_thread_state(self))) {
        slow_free(block, CALLER());
        return;
    }
    at_counter_add(&self->counters.frees, 1);
    at_underlying.free(block);
}

AT_API void *realloc(void *old, size_t size)
{
    struct at_thread *self = at_self;
    if (old && size && !((size | at_thread_state(self)) >> AT_FAST_SHIFT)) {
        at_counter_add(&self->counters.allocs, 1);
        at_counter_add(&self->counters.reallocs, 1);
        at_counter_add(&self->counters.bytes, size);
        return at_underlying.realloc(old, size);
    }
    return slow_realloc(AT_REALLOC, old, size, CALLER());
}

AT_API void *reallocarray(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        struct at_call call = at_call_begin(AT_REALLOCARRAY, SIZE_MAX, CALLER());
        TRAP_IF(call.trap);
        at_call_end(&call, NULL);
        errno = ENOMEM;
        return NULL;
    }
    if (UNLIKELY(!at_malloc_is_ours()))
        return realloc(old, bytes);
    return slow_realloc(AT_REALLOCARRAY, old, bytes, CALLER());
}

AT_API void *aligned_alloc(size_t alignment, size_t size)
{
    struct at_call call = at_call_begin(AT_ALIGNED_ALLOC, size, CALLER());
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.aligned_alloc(alignment, size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

AT_API void *memalign(size_t alignment, size_t size)
{
    struct at_call call = at_call_begin(AT_MEMALIGN, size, CALLER());
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.memalign(alignment, size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

AT_API int posix_memalign(void **block, size_t alignment, size_t size)
{
    struct at_call call = at_call_begin(AT_POSIX_MEMALIGN, size, CALLER());
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    int error = call.fails ? ENOMEM : at_underlying.posix_memalign(block, alignment, size);
    LEAVE_UNDERLYING();
    at_call_end(&call, error ? NULL : *block);
    TRAP_IF(call.trap);
    return error;
}

AT_API void *valloc(size_t size)
{
    struct at_call call = at_call_begin(AT_VALLOC, size, CALLER());
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.valloc(size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

AT_API void *pvalloc(size_t size); /* musl has none */

AT_API void *pvalloc(size_t size)
{
    struct at_call call = at_call_begin(AT_PVALLOC, size, CALLER());
    TRAP_IF(call.trap);
    ENTER_UNDERLYING();
    void *block = call.fails ? NULL : at_underlying.pvalloc(size);
    LEAVE_UNDERLYING();
    at_call_end(&call, block);
    TRAP_IF(call.trap);
    return block;
}

/* Functions of C23 that older C libraries do not declare. */
AT_API void free_sized(void *block, size_t size);
AT_API void free_aligned_sized(void *block, size_t alignment, size_t size);

AT_API void free_sized(void *block, size_t size)
{
    if (!block)
        return;
    if (UNLIKELY(!at_malloc_is_ours())) {
        free(block);
        return;
    }
    int saved = errno;
    TRAP_IF(at_call_free(AT_FREE_SIZED, block, CALLER()));
    errno = saved;
    ENTER_UNDERLYING();
    at_underlying.free_sized(block, size);
    LEAVE_UNDERLYING();
}

AT_API void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    if (!block)
        return;
    if (UNLIKELY(!at_malloc_is_ours())) {
        free(block);
        return;
    }
    int saved = errno;
    TRAP_IF(at_call_free(AT_FREE_ALIGNED_SIZED, block, CALLER()));
    errno = saved;
    ENTER_UNDERLYING();
    at_underlying.free_aligned_sized(block, alignment, size);
    LEAVE_UNDERLYING();
}
