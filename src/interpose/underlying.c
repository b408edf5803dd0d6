/* SPDX-License-Identifier: MIT */
/* See underlying.h. */
#define _GNU_SOURCE
#include "interpose/underlying.h"

#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "attribution/module.h"
#include "base/libc.h"
#include "base/symbols.h"
#include "interpose/compose.h"
#include "interpose/reentry.h"

#define WEAK __attribute__((weak))

void *__libc_malloc(size_t size) WEAK;
void __libc_free(void *block) WEAK;
void *__libc_calloc(size_t n, size_t size) WEAK;
void *__libc_realloc(void *block, size_t size) WEAK;
void *__libc_memalign(size_t alignment, size_t size) WEAK;

void *__interceptor_malloc(size_t size) WEAK;
void __interceptor_free(void *block) WEAK;
void *__interceptor_calloc(size_t n, size_t size) WEAK;
void *__interceptor_realloc(void *block, size_t size) WEAK;
void *__interceptor_aligned_alloc(size_t alignment, size_t size) WEAK;
void *__interceptor_memalign(size_t alignment, size_t size) WEAK;
int __interceptor_posix_memalign(void **block, size_t alignment, size_t size) WEAK;
void *__interceptor_valloc(size_t size) WEAK;
void *__interceptor_pvalloc(size_t size) WEAK;
void __interceptor_free_sized(void *block, size_t size) WEAK;
void __interceptor_free_aligned_sized(void *block, size_t alignment, size_t size) WEAK;

void __tsan_func_entry(const void *caller) WEAK;

/* At first libc's, for allocations during the search for the underlying allocator. */
struct at_underlying at_underlying = {
    .malloc = __libc_malloc,
    .free = __libc_free,
    .calloc = __libc_calloc,
    .realloc = __libc_realloc,
    .memalign = __libc_memalign,
};

static bool is_resolved;

/* Start address of the underlying allocator's object; 0 while it is unknown. */
static uintptr_t allocator;

static void use_sanitizer(void)
{
    struct at_underlying found = {
        .malloc = __interceptor_malloc,
        .free = __interceptor_free,
        .calloc = __interceptor_calloc,
        .realloc = __interceptor_realloc,
        .aligned_alloc = __interceptor_aligned_alloc,
        .memalign = __interceptor_memalign,
        .posix_memalign = __interceptor_posix_memalign,
        .valloc = __interceptor_valloc,
        .pvalloc = __interceptor_pvalloc,
        .free_sized = __interceptor_free_sized,
        .free_aligned_sized = __interceptor_free_aligned_sized,
        .sanitized = true,
    };
    if (at_compose(&found))
        at_underlying = found;
}

/* Return the start address of the object that contains `function`, or 0. dladdr() would read all
   symbols of libc for each call. */
static uintptr_t object_start(const void *function)
{
    struct at_module module;
    return function && at_module_find((uintptr_t) function, &module) ? module.start : 0;
}

/* Return the functions that the process would call without this library: for each name the next
   definition. */
static struct at_underlying find_next(void)
{
    return (struct at_underlying){
        .malloc = (void *(*) (size_t)) at_symbol_next("malloc"),
        .free = (void (*)(void *)) at_symbol_next("free"),
        .calloc = (void *(*) (size_t, size_t)) at_symbol_next("calloc"),
        .realloc = (void *(*) (void *, size_t)) at_symbol_next("realloc"),
        .aligned_alloc = (void *(*) (size_t, size_t)) at_symbol_next("aligned_alloc"),
        .memalign = (void *(*) (size_t, size_t)) at_symbol_next("memalign"),
        .posix_memalign = (int (*)(void **, size_t, size_t)) at_symbol_next("posix_memalign"),
        .valloc = (void *(*) (size_t)) at_symbol_next("valloc"),
        .pvalloc = (void *(*) (size_t)) at_symbol_next("pvalloc"),
        .free_sized = (void (*)(void *, size_t)) at_symbol_next("free_sized"),
        .free_aligned_sized =
            (void (*)(void *, size_t, size_t)) at_symbol_next("free_aligned_sized"),
    };
}

#define DROP_UNLESS_AT(Home, Member)                                                               \
    do {                                                                                           \
        if (object_start((const void *) (Member)) != (Home))                                       \
            Member = NULL;                                                                         \
    } while (0)

/* Remove the functions of other allocators, if the found one has free() and an aligned function.
   Its free() must not get blocks of another allocator. An allocator that has fewer functions, for
   example a program's own malloc() and free(), is mixed with libc's as it is without this library.
 */
static void remove_others(struct at_underlying *found)
{
    struct at_underlying own = *found;
    DROP_UNLESS_AT(allocator, own.free);
    DROP_UNLESS_AT(allocator, own.calloc);
    DROP_UNLESS_AT(allocator, own.realloc);
    DROP_UNLESS_AT(allocator, own.aligned_alloc);
    DROP_UNLESS_AT(allocator, own.memalign);
    DROP_UNLESS_AT(allocator, own.posix_memalign);
    DROP_UNLESS_AT(allocator, own.valloc);
    DROP_UNLESS_AT(allocator, own.pvalloc);
    DROP_UNLESS_AT(allocator, own.free_sized);
    DROP_UNLESS_AT(allocator, own.free_aligned_sized);
    if (own.free && own.realloc && (own.aligned_alloc || own.memalign))
        *found = own;
}

/* Return true for libc. An allocator may define __libc_malloc() too, as tbbmalloc does. */
static bool is_libc(uintptr_t object)
{
#ifdef __GLIBC__
    struct at_module module;
    return object == object_start((const void *) __libc_malloc) && at_module_find(object, &module)
           && module.owner == AT_OWNER_RUNTIME;
#else
    return object != 0; /* other allocators are not recognised on this libc */
#endif
}

static void use_next(void)
{
    struct at_underlying found = find_next();
    allocator = object_start((const void *) found.malloc);
    if (!allocator)
        return;
    remove_others(&found);
    if (is_libc(allocator))
        found.free_sized = NULL, found.free_aligned_sized = NULL; /* they call free() by its name */
    if (!at_compose(&found))
        return;
    if (!is_libc(allocator))
        at_guard_from_itself(&found);
    at_underlying = found;
}

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        *(bool *) arg |= info->dlpi_phdr[i].p_type == PT_INTERP;
    return 1; /* the program comes first */
}

/* End a fully static program: there, this malloc has replaced libc's, so there is no underlying
   allocator. */
static void refuse_static(void)
{
    static const char message[] = "alloc_tracker: this program is static, but is linked with the "
                                  "library for dynamic programs; "
                                  "link it with `pkg-config --libs alloc-tracker-static`\n";
    bool is_dynamic = false;
    dl_iterate_phdr(find_interpreter, &is_dynamic);
    if (is_dynamic)
        return;
    if (write(STDERR_FILENO, message, strlen(message)) < 0)
        abort();
    abort();
}

void at_underlying_resolve(void)
{
    if (is_resolved)
        return;
    is_resolved = true;
    at_libc_bind();
    at_compose(&at_underlying);
    if (__interceptor_malloc) {
        use_sanitizer(); /* sanitizers do not exist in static programs */
    } else {
        refuse_static();
        use_next();
    }
}

void at_underlying_start(void)
{
    struct at_module program;
    if (!__tsan_func_entry || !at_module_find(getauxval(AT_ENTRY), &program))
        return;
    at_underlying.program = program.start;
    at_underlying.program_size = program.end - program.start;
}

bool at_underlying_contains(const void *address)
{
    return allocator && object_start(address) == allocator;
}

bool at_malloc_is_ours(void)
{
    static int is_ours; /* atomic: 0 unknown, 1 no, 2 yes */
    int known = __atomic_load_n(&is_ours, __ATOMIC_RELAXED);
    if (!known) {
        uintptr_t own = object_start((const void *) at_underlying_resolve);
        known = 1
                + (object_start((const void *) malloc) == own
                   && object_start((const void *) free) == own
                   && object_start((const void *) realloc) == own);
        __atomic_store_n(&is_ours, known, __ATOMIC_RELAXED);
    }
    return known == 2;
}
