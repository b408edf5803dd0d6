/* SPDX-License-Identifier: MIT */
/*
 * C++'s replaceable allocation functions, written in C with the names of the Itanium C++ ABI.
 *
 * libstdc++'s operators call malloc, which is this library's. But jemalloc, mimalloc and tcmalloc
 * define operator new too, and valgrind replaces libstdc++'s. Their operators would not call this
 * library. The definitions of this file are in the executable, so they come first.
 *
 * A program may replace any of the operators. Replacements in the executable are called, since the
 * definitions here are weak. Replacements in a shared library are called by the definitions here.
 * If any operator is replaced, the others do what the standard demands of the default versions:
 * array forms call the plain form, sized and nothrow forms call the unsized and throwing form, by
 * name, so that a replacement is reached. Under a sanitizer all definitions call the sanitizer's
 * operators, which also check that new and free are not mixed. Its hooks report to this library.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tracker/attributes.h"
#include "base/symbols.h"
#include "base/trap.h"
#include "interpose/call.h"
#include "interpose/handler.h"
#include "interpose/operators.h"
#include "interpose/underlying.h"

#define CALLER() __builtin_extract_return_addr(__builtin_return_address(0))
#define REPLACEABLE AT_API __attribute__((weak))
#define INLINE static inline __attribute__((always_inline))

_Static_assert(sizeof(size_t) == 8, "the mangled names below are those of unsigned long");

/* The C++ runtime. If it is linked statically, it has only the functions that the program needs. */
typedef void new_handler(void);
new_handler *_ZSt15get_new_handlerv(void) __attribute__((weak));
void _ZSt17__throw_bad_allocv(void) __attribute__((weak));
void *__cxa_allocate_exception(size_t size) __attribute__((weak));
void __cxa_throw(void *exception, void *type, void (*destroy)(void *)) __attribute__((weak));

/* Of std::bad_alloc: the vtable, two words before the address that objects have; the type; the
   destructor. Programs without std::bad_alloc that catch exceptions have std::bad_exception, which
   is derived from std::exception too. */
extern void *_ZTVSt9bad_alloc[] __attribute__((weak));
extern char _ZTISt9bad_alloc[] __attribute__((weak));
void _ZNSt9bad_allocD1Ev(void *exception) __attribute__((weak));
extern void *_ZTVSt13bad_exception[] __attribute__((weak));
extern char _ZTISt13bad_exception[] __attribute__((weak));
void _ZNSt13bad_exceptionD1Ev(void *exception) __attribute__((weak));

/* A runtime that an opened object has loaded is not linked, but can be looked up. */
#define RUNTIME(Name) (Name ? Name : (__typeof__(&Name)) at_symbol(#Name))

static void throw_object(void **vtable, void *type, void (*destroy)(void *exception))
{
    if (!__cxa_throw || !__cxa_allocate_exception || !vtable || !type || !destroy)
        return;
    void **exception = __cxa_allocate_exception(sizeof *exception);
    *exception = vtable + 2;
    __cxa_throw(exception, type, destroy);
}

/* If the runtime lacks the functions to throw, it also lacks those to catch: end the program. */
static __attribute__((cold, noreturn)) void throw_bad_alloc(void)
{
    void (*throw_it)(void) = RUNTIME(_ZSt17__throw_bad_allocv);
    if (throw_it)
        throw_it();
    throw_object(_ZTVSt9bad_alloc, _ZTISt9bad_alloc, _ZNSt9bad_allocD1Ev);
    throw_object(_ZTVSt13bad_exception, _ZTISt13bad_exception, _ZNSt13bad_exceptionD1Ev);
    static const char message[] =
        "terminate called after throwing an instance of 'std::bad_alloc'\n"
        "  what():  std::bad_alloc\n";
    if (write(STDERR_FILENO, message, strlen(message)) < 0)
        abort();
    abort();
}

INLINE void *get_underlying(size_t size, size_t alignment)
{
    return alignment ? at_underlying.memalign(alignment, size) : at_underlying.malloc(size);
}

INLINE void *try_allocate(enum at_function function, size_t size, size_t alignment,
                          const void *caller)
{
    struct at_thread *self = at_self;
    if (!((size | at_thread_state(self)) >> AT_FAST_SHIFT)) {
        void *block = get_underlying(size, alignment);
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
    void *block = call.fails ? NULL : get_underlying(size, alignment);
    at_local.inside = outer;
    at_call_end(&call, block);
    if (call.trap)
        AT_TRAP();
    return block;
}

static void call_handler(void *handler)
{
    ((new_handler *) handler)();
}

/* Call the new handler, as [new.delete.single] demands. Return false if another attempt is useless.
 */
static __attribute__((cold, noinline)) bool call_new_handler(bool throws)
{
    new_handler *(*get_handler)(void) = RUNTIME(_ZSt15get_new_handlerv);
    new_handler *handler = get_handler ? get_handler() : NULL;
    if (!handler && throws)
        throw_bad_alloc();
    if (!handler)
        return false;
    if (!throws)
        return at_catch(call_handler, (void *) handler);
    handler();
    return true;
}

static bool is_alignment(size_t alignment)
{
    return (alignment & (alignment - 1)) == 0;
}

INLINE void *allocate(enum at_function function, size_t size, size_t alignment, bool throws,
                      const void *caller)
{
    size_t wanted = size ? size : 1;
    do {
        void *block =
            is_alignment(alignment) ? try_allocate(function, wanted, alignment, caller) : NULL;
        if (block)
            return block;
    } while (is_alignment(alignment) && call_new_handler(throws));
    if (throws && !is_alignment(alignment))
        throw_bad_alloc();
    return NULL;
}

INLINE void release(enum at_function function, void *block, const void *caller)
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
    at_underlying.free(block);
}

/* Allocate from the program's own malloc, which the C++ runtime's operators would call. */
static void *get_from_program(size_t size, size_t alignment)
{
    size_t wanted = size ? size : 1;
    size_t whole = (wanted + alignment - 1) & ~(alignment - 1);
    void *block;
    do
        block = alignment ? aligned_alloc(alignment, whole) : malloc(wanted);
    while (!block && call_new_handler(true));
    return block;
}

INLINE bool is_alone(void)
{
    return __atomic_load_n(&at_operators_state, __ATOMIC_RELAXED) == AT_OPERATORS_OURS;
}

static enum at_operators_state state_get(void)
{
    unsigned state = __atomic_load_n(&at_operators_state, __ATOMIC_ACQUIRE);
    return state ? (enum at_operators_state) state : at_operators_resolve();
}

#define OPERATORS(Do)                                                                              \
    Do(_Znwm) Do(_Znam) Do(_ZnwmRKSt9nothrow_t) Do(_ZnamRKSt9nothrow_t) Do(_ZnwmSt11align_val_t)   \
        Do(_ZnamSt11align_val_t) Do(_ZnwmSt11align_val_tRKSt9nothrow_t)                            \
            Do(_ZnamSt11align_val_tRKSt9nothrow_t) Do(_ZdlPv) Do(_ZdaPv) Do(_ZdlPvm) Do(_ZdaPvm)   \
                Do(_ZdlPvRKSt9nothrow_t) Do(_ZdaPvRKSt9nothrow_t) Do(_ZdlPvSt11align_val_t)        \
                    Do(_ZdaPvSt11align_val_t) Do(_ZdlPvmSt11align_val_t)                           \
                        Do(_ZdaPvmSt11align_val_t) Do(_ZdlPvSt11align_val_tRKSt9nothrow_t)         \
                            Do(_ZdaPvSt11align_val_tRKSt9nothrow_t)

/* Each array form is next to its form for single objects. */
#define INDEX(Name) INDEX##Name,
enum { OPERATORS(INDEX) };

/* The operator that a default version calls for `caller`. It is found by name, so that a
   replacement in the program is reached, or one in the scope of an opened object. */
#define TARGET(Name, Caller) ((__typeof__(&Name)) target(&at_operators[INDEX##Name], (Caller)))

static const void *target(const struct at_operator *op, const void *caller)
{
    const void *next = at_operators_next(op, caller);
    /* The default of an array form calls the plain form, which would not know `caller`. */
    if (!next && op->linked == op->own && (op - at_operators) % 2 == 1)
        return target(op - 1, caller);
    return next ? next : op->linked;
}

struct throwing_new {
    void *(*get)(size_t size, size_t alignment);
    size_t size, alignment;
    void *block;
};

static void call_throwing(void *arg)
{
    struct throwing_new *call = arg;
    call->block = call->get(call->size, call->alignment);
}

/* A plain operator new ignores the second argument. */
static void *get_or_null(const void *get, size_t size, size_t alignment)
{
    struct throwing_new call = { (void *(*) (size_t, size_t)) get, size, alignment, NULL };
    return at_catch(call_throwing, &call) ? call.block : NULL;
}

/* Call a replacement from a shared library. If there is none, but another operator is replaced, do
   what the default version does. */
#define RETURN_UNLESS_ALONE(Name, Default, ...)                                                    \
    do {                                                                                           \
        if (__builtin_expect(!is_alone(), 0)) {                                                    \
            enum at_operators_state state = state_get();                                           \
            __typeof__(&Name) next =                                                               \
                (__typeof__(&Name)) at_operators_next(&at_operators[INDEX##Name], CALLER());       \
            if (next)                                                                              \
                return next(__VA_ARGS__);                                                          \
            if (state != AT_OPERATORS_OURS)                                                        \
                return Default;                                                                    \
        }                                                                                          \
    } while (0)

/* An alias names this definition even if the symbol is a replacement's. */
#define DEFINE_NEW(Name, Function, Throws, Alignment, Default, Parameters, ...)                    \
    void *Name Parameters;                                                                         \
    REPLACEABLE void *Name Parameters                                                              \
    {                                                                                              \
        RETURN_UNLESS_ALONE(Name, Default, __VA_ARGS__);                                           \
        return allocate(Function, size, Alignment, Throws, CALLER());                              \
    }                                                                                              \
    static __typeof__(Name) our##Name __attribute__((alias(#Name)))

#define DEFINE_DELETE(Name, Function, Default, Parameters, ...)                                    \
    void Name Parameters;                                                                          \
    REPLACEABLE void Name Parameters                                                               \
    {                                                                                              \
        RETURN_UNLESS_ALONE(Name, Default, __VA_ARGS__);                                           \
        release(Function, block, CALLER());                                                        \
    }                                                                                              \
    static __typeof__(Name) our##Name __attribute__((alias(#Name)))

#define CALL(Name, ...) TARGET(Name, CALLER())(__VA_ARGS__)
#define GET_OR_NULL(Name, Alignment)                                                               \
    get_or_null((const void *) TARGET(Name, CALLER()), size, Alignment)

/* The default of the operators that call no other one. */
#define GET(Alignment)                                                                             \
    (at_malloc_is_ours() ? allocate(AT_NEW, size, Alignment, true, CALLER())                       \
                         : get_from_program(size, Alignment))
#define PUT() (at_malloc_is_ours() ? release(AT_DELETE, block, CALLER()) : free(block))

#define NOTHROW const void *nothrow

/* In the order of the standard, each with its default version. */
DEFINE_NEW(_Znwm, AT_NEW, true, 0, GET(0), (size_t size), size);
DEFINE_NEW(_Znam, AT_NEW_ARRAY, true, 0, CALL(_Znwm, size), (size_t size), size);
DEFINE_NEW(_ZnwmRKSt9nothrow_t, AT_NEW, false, 0, GET_OR_NULL(_Znwm, 0), (size_t size, NOTHROW),
           size, nothrow);
DEFINE_NEW(_ZnamRKSt9nothrow_t, AT_NEW_ARRAY, false, 0, GET_OR_NULL(_Znam, 0),
           (size_t size, NOTHROW), size, nothrow);
DEFINE_NEW(_ZnwmSt11align_val_t, AT_NEW, true, align, GET(align), (size_t size, size_t align), size,
           align);
DEFINE_NEW(_ZnamSt11align_val_t, AT_NEW_ARRAY, true, align, CALL(_ZnwmSt11align_val_t, size, align),
           (size_t size, size_t align), size, align);
DEFINE_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, AT_NEW, false, align,
           GET_OR_NULL(_ZnwmSt11align_val_t, align), (size_t size, size_t align, NOTHROW), size,
           align, nothrow);
DEFINE_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, AT_NEW_ARRAY, false, align,
           GET_OR_NULL(_ZnamSt11align_val_t, align), (size_t size, size_t align, NOTHROW), size,
           align, nothrow);
DEFINE_DELETE(_ZdlPv, AT_DELETE, PUT(), (void *block), block);
DEFINE_DELETE(_ZdaPv, AT_DELETE_ARRAY, CALL(_ZdlPv, block), (void *block), block);
DEFINE_DELETE(_ZdlPvm, AT_DELETE, CALL(_ZdlPv, block), (void *block, size_t size), block, size);
DEFINE_DELETE(_ZdaPvm, AT_DELETE_ARRAY, CALL(_ZdaPv, block), (void *block, size_t size), block,
              size);
DEFINE_DELETE(_ZdlPvRKSt9nothrow_t, AT_DELETE, CALL(_ZdlPv, block), (void *block, NOTHROW), block,
              nothrow);
DEFINE_DELETE(_ZdaPvRKSt9nothrow_t, AT_DELETE_ARRAY, CALL(_ZdaPv, block), (void *block, NOTHROW),
              block, nothrow);
DEFINE_DELETE(_ZdlPvSt11align_val_t, AT_DELETE, PUT(), (void *block, size_t align), block, align);
DEFINE_DELETE(_ZdaPvSt11align_val_t, AT_DELETE_ARRAY, CALL(_ZdlPvSt11align_val_t, block, align),
              (void *block, size_t align), block, align);
DEFINE_DELETE(_ZdlPvmSt11align_val_t, AT_DELETE, CALL(_ZdlPvSt11align_val_t, block, align),
              (void *block, size_t size, size_t align), block, size, align);
DEFINE_DELETE(_ZdaPvmSt11align_val_t, AT_DELETE_ARRAY, CALL(_ZdaPvSt11align_val_t, block, align),
              (void *block, size_t size, size_t align), block, size, align);
DEFINE_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, AT_DELETE,
              CALL(_ZdlPvSt11align_val_t, block, align), (void *block, size_t align, NOTHROW),
              block, align, nothrow);
DEFINE_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, AT_DELETE_ARRAY,
              CALL(_ZdaPvSt11align_val_t, block, align), (void *block, size_t align, NOTHROW),
              block, align, nothrow);
#define ROW(Name) [INDEX##Name] = { #Name, (const void *) Name, (const void *) our##Name, NULL },
struct at_operator at_operators[] = { OPERATORS(ROW){ NULL, NULL, NULL, NULL } };
