/* SPDX-License-Identifier: MIT */
/*
 * C++'s replaceable allocation functions, written in C against the Itanium C++ ABI's names.
 *
 * libstdc++'s own would come to our malloc by themselves. But jemalloc, mimalloc and tcmalloc bring
 * operator new as well as malloc, and valgrind replaces libstdc++'s, and each would then serve C++
 * past us. Defined in the executable, these come first. They are weak: a program that replaces
 * operator new itself keeps its own, and those it does not replace go on to libstdc++'s, which call
 * the replacement. Under a sanitizer all go on to its operator new, which knows more than malloc
 * does (new against free), and its hooks tell us.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "alloc_tracker/attributes.h"
#include "base/symbols.h"
#include "base/trap.h"
#include "interpose/beneath.h"
#include "interpose/call.h"
#include "interpose/handler.h"

#define CALLER() __builtin_extract_return_addr(__builtin_return_address(0))
#define REPLACEABLE AT_API __attribute__((weak))
#define INLINE static inline __attribute__((always_inline))

_Static_assert(sizeof(size_t) == 8, "the mangled names below say that size_t is unsigned long");

/* std::get_new_handler() and std::__throw_bad_alloc(): there whenever C++ is. */
at_new_handler *_ZSt15get_new_handlerv(void) __attribute__((weak));
void _ZSt17__throw_bad_allocv(void) __attribute__((weak));

INLINE void *beneath(size_t size, size_t alignment)
{
    return alignment ? at_beneath.memalign(alignment, size) : at_beneath.malloc(size);
}

INLINE void *try(enum at_function function, size_t size, size_t alignment, const void *caller)
{
    struct at_thread *self = at_self;
    if (!((size | at_thread_state(self)) >> AT_FAST_SHIFT)) {
        void *block = beneath(size, alignment);
        if (block) {
            at_counter_add(&self->counters.allocs, 1);
            at_counter_add(&self->counters.bytes, size);
            return block;
        }
    }
    struct at_call call = at_call_begin(function, size, caller);
    if (call.trap)
        AT_TRAP();
    uintptr_t outer = at_local.inside;
    at_local.inside = at_stack_pointer();
    void *block = call.fails ? NULL : beneath(size, alignment);
    at_local.inside = outer;
    at_call_end(&call, block);
    if (call.trap)
        AT_TRAP();
    return block;
}

/* As [new.delete.single] has it: until it succeeds, ask the handler; without one, give up. */
INLINE void *get(enum at_function function, size_t size, size_t alignment, bool throws,
                 const void *caller)
{
    size_t wanted = size ? size : 1;
    for (;;) {
        void *block = try(function, wanted, alignment, caller);
        if (block)
            return block;
        at_new_handler *handler = _ZSt15get_new_handlerv ? _ZSt15get_new_handlerv() : NULL;
        if (!handler && throws && _ZSt17__throw_bad_allocv)
            _ZSt17__throw_bad_allocv();
        if (!handler || (!throws && !at_handler_returns(handler)))
            return NULL;
        if (throws)
            handler();
    }
}

INLINE void put(enum at_function function, void *block, const void *caller)
{
    if (!block)
        return;
    struct at_thread *self = at_self;
    if (at_thread_state(self)) {
        if (at_call_free(function, block, caller))
            AT_TRAP();
    } else {
        at_counter_add(&self->counters.frees, 1);
    }
    at_beneath.free(block);
}

static bool is_replaced(void);

static void *malloc_in_front(size_t size, size_t alignment)
{
    return alignment ? memalign(alignment, size) : malloc(size);
}

/* Where somebody else's operator new is in charge, or somebody else's malloc, as in a program that
   links this library while it is preloaded too, we do as if we were not there: the definition that
   comes after ours knows which of the others to call. */
static bool defers(void)
{
    static int answer; /* 0 unknown, 1 no, 2 yes */
    if (!answer) {
        at_beneath_resolve();
        answer = 1 + (at_beneath.sanitized || is_replaced() || !at_malloc_is_ours());
    }
    return answer == 2;
}

/* A program without C++ has no next: then what C++'s own would do. */
#define RETURN_NEXT_IF_DEFERRING(Name, Otherwise, ...)                                             \
    do {                                                                                           \
        static __typeof__(&Name) next;                                                             \
        static bool looked;                                                                        \
        if (__builtin_expect(defers(), 0)) {                                                       \
            if (!looked)                                                                           \
                next = (__typeof__(&Name)) at_symbol_next(#Name);                                  \
            looked = true;                                                                         \
            return next ? next(__VA_ARGS__) : Otherwise;                                           \
        }                                                                                          \
    } while (0)

/* Each has an alias that names ours even where the symbol names a replacement. */
#define DEFINE_NEW(Name, Function, Throws, Alignment, Parameters, ...)                             \
    void *Name Parameters;                                                                         \
    REPLACEABLE void *Name Parameters                                                              \
    {                                                                                              \
        RETURN_NEXT_IF_DEFERRING(Name, malloc_in_front(size, Alignment), __VA_ARGS__);             \
        return get(Function, size, Alignment, Throws, CALLER());                                   \
    }                                                                                              \
    static __typeof__(Name) our##Name __attribute__((alias(#Name), unused))

#define DEFINE_DELETE(Name, Function, Parameters, ...)                                             \
    void Name Parameters;                                                                          \
    REPLACEABLE void Name Parameters                                                               \
    {                                                                                              \
        RETURN_NEXT_IF_DEFERRING(Name, free(block), __VA_ARGS__);                                  \
        put(Function, block, CALLER());                                                            \
    }                                                                                              \
    static __typeof__(Name) our##Name __attribute__((alias(#Name), unused))

#define NOTHROW const void *nothrow

/* clang-format off: one line a function, as the standard lists them */
DEFINE_NEW(_Znwm, AT_NEW, true, 0, (size_t size), size);
DEFINE_NEW(_Znam, AT_NEW_ARRAY, true, 0, (size_t size), size);
DEFINE_NEW(_ZnwmRKSt9nothrow_t, AT_NEW, false, 0, (size_t size, NOTHROW), size, nothrow);
DEFINE_NEW(_ZnamRKSt9nothrow_t, AT_NEW_ARRAY, false, 0, (size_t size, NOTHROW), size, nothrow);
DEFINE_NEW(_ZnwmSt11align_val_t, AT_NEW, true, align, (size_t size, size_t align), size, align);
DEFINE_NEW(_ZnamSt11align_val_t, AT_NEW_ARRAY, true, align, (size_t size, size_t align), size,
           align);
DEFINE_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, AT_NEW, false, align,
           (size_t size, size_t align, NOTHROW), size, align, nothrow);
DEFINE_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, AT_NEW_ARRAY, false, align,
           (size_t size, size_t align, NOTHROW), size, align, nothrow);
DEFINE_DELETE(_ZdlPv, AT_DELETE, (void *block), block);
DEFINE_DELETE(_ZdaPv, AT_DELETE_ARRAY, (void *block), block);
DEFINE_DELETE(_ZdlPvm, AT_DELETE, (void *block, size_t size), block, size);
DEFINE_DELETE(_ZdaPvm, AT_DELETE_ARRAY, (void *block, size_t size), block, size);
DEFINE_DELETE(_ZdlPvRKSt9nothrow_t, AT_DELETE, (void *block, NOTHROW), block, nothrow);
DEFINE_DELETE(_ZdaPvRKSt9nothrow_t, AT_DELETE_ARRAY, (void *block, NOTHROW), block, nothrow);
DEFINE_DELETE(_ZdlPvSt11align_val_t, AT_DELETE, (void *block, size_t align), block, align);
DEFINE_DELETE(_ZdaPvSt11align_val_t, AT_DELETE_ARRAY, (void *block, size_t align), block, align);
DEFINE_DELETE(_ZdlPvmSt11align_val_t, AT_DELETE, (void *block, size_t size, size_t align), block,
              size, align);
DEFINE_DELETE(_ZdaPvmSt11align_val_t, AT_DELETE_ARRAY, (void *block, size_t size, size_t align),
              block, size, align);
DEFINE_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, AT_DELETE, (void *block, size_t align, NOTHROW),
              block, align, nothrow);
DEFINE_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, AT_DELETE_ARRAY,
              (void *block, size_t align, NOTHROW), block, align, nothrow);
/* clang-format on */

/* The eight to which libstdc++'s versions of the others pass on. */
static bool is_replaced(void)
{
    return _Znwm != our_Znwm || _Znam != our_Znam || _ZdlPv != our_ZdlPv || _ZdaPv != our_ZdaPv
           || _ZnwmSt11align_val_t != our_ZnwmSt11align_val_t
           || _ZnamSt11align_val_t != our_ZnamSt11align_val_t
           || _ZdlPvSt11align_val_t != our_ZdlPvSt11align_val_t
           || _ZdaPvSt11align_val_t != our_ZdaPvSt11align_val_t;
}
