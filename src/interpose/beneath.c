/* SPDX-License-Identifier: MIT */
/*
 * See beneath.h. Every function must come from one allocator: where the one that serves malloc
 * lacks a member of the family, that member is composed from those it has, never borrowed from
 * libc.
 */
#define _GNU_SOURCE
#include "interpose/beneath.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "stack/module.h"

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

static size_t page_size(void)
{
    return (size_t) sysconf(_SC_PAGESIZE);
}

static void *composed_aligned_alloc(size_t alignment, size_t size)
{
    return at_beneath.memalign(alignment, size);
}

static void *composed_memalign(size_t alignment, size_t size)
{
    return at_beneath.aligned_alloc(alignment, size);
}

static int composed_posix_memalign(void **block, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int saved = errno;
    void *fresh = at_beneath.memalign(alignment, size);
    errno = saved;
    if (!fresh)
        return ENOMEM;
    *block = fresh;
    return 0;
}

static void *composed_valloc(size_t size)
{
    return at_beneath.memalign(page_size(), size);
}

static void *composed_pvalloc(size_t size)
{
    size_t mask = page_size() - 1;
    if (size > PTRDIFF_MAX - mask) {
        errno = ENOMEM;
        return NULL;
    }
    return at_beneath.memalign(mask + 1, (size + mask) & ~mask);
}

/* libc's own, for what is allocated while the real answer is looked up. */
struct at_beneath at_beneath = {
    .malloc = __libc_malloc,
    .free = __libc_free,
    .calloc = __libc_calloc,
    .realloc = __libc_realloc,
    .aligned_alloc = composed_aligned_alloc,
    .memalign = __libc_memalign,
    .posix_memalign = composed_posix_memalign,
    .valloc = composed_valloc,
    .pvalloc = composed_pvalloc,
};

static bool is_resolved;

static void use_sanitizer(void)
{
    at_beneath.free = __interceptor_free;
    at_beneath.calloc = __interceptor_calloc;
    at_beneath.realloc = __interceptor_realloc;
    if (__interceptor_memalign)
        at_beneath.memalign = __interceptor_memalign;
    else
        at_beneath.memalign = composed_memalign;
    if (__interceptor_aligned_alloc)
        at_beneath.aligned_alloc = __interceptor_aligned_alloc;
    if (__interceptor_posix_memalign)
        at_beneath.posix_memalign = __interceptor_posix_memalign;
    if (__interceptor_valloc)
        at_beneath.valloc = __interceptor_valloc;
    if (__interceptor_pvalloc)
        at_beneath.pvalloc = __interceptor_pvalloc;
    at_beneath.malloc = __interceptor_malloc;
    at_beneath.sanitized = true;
}

/* Where its object begins; 0 for none. Not by dladdr, which reads all of libc's symbols each time.
 */
static uintptr_t home(const void *function)
{
    struct at_module module;
    return function && at_module_find((uintptr_t) function, &module) ? module.start : 0;
}

/* The next definition of `name`, if it is in the object that serves malloc. */
static void *member(const char *name, uintptr_t allocator)
{
    void *function = dlsym(RTLD_NEXT, name);
    return home(function) == allocator ? function : NULL;
}

static void use_next(void)
{
    void *next = dlsym(RTLD_NEXT, "malloc");
    uintptr_t allocator = home(next);
    if (!allocator)
        return;
    struct at_beneath found = {
        .malloc = (void *(*) (size_t)) next,
        .free = (void (*)(void *)) member("free", allocator),
        .calloc = (void *(*) (size_t, size_t)) member("calloc", allocator),
        .realloc = (void *(*) (void *, size_t)) member("realloc", allocator),
        .aligned_alloc = (void *(*) (size_t, size_t)) member("aligned_alloc", allocator),
        .memalign = (void *(*) (size_t, size_t)) member("memalign", allocator),
        .posix_memalign = (int (*)(void **, size_t, size_t)) member("posix_memalign", allocator),
        .valloc = (void *(*) (size_t)) member("valloc", allocator),
        .pvalloc = (void *(*) (size_t)) member("pvalloc", allocator),
    };
    if (!found.free || !found.calloc || !found.realloc || (!found.aligned_alloc && !found.memalign))
        return;
    if (!found.aligned_alloc)
        found.aligned_alloc = composed_aligned_alloc;
    if (!found.memalign)
        found.memalign = composed_memalign;
    if (!found.posix_memalign)
        found.posix_memalign = composed_posix_memalign;
    if (!found.valloc)
        found.valloc = composed_valloc;
    if (!found.pvalloc)
        found.pvalloc = composed_pvalloc;
    at_beneath = found;
}

void at_beneath_resolve(void)
{
    if (is_resolved)
        return;
    is_resolved = true; /* first: dlsym may allocate and come back here */
    if (__interceptor_malloc)
        use_sanitizer();
    else
        use_next();
}

bool at_malloc_is_ours(void)
{
    return home((const void *) malloc) == home((const void *) at_beneath_resolve);
}
