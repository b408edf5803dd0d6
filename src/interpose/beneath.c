/* SPDX-License-Identifier: MIT */
/* See beneath.h. */
#define _GNU_SOURCE
#include "interpose/beneath.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/libc.h"
#include "interpose/compose.h"
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

void __tsan_func_entry(const void *caller) WEAK;

/* libc's own, for what is allocated while the real answer is looked up. */
struct at_beneath at_beneath = {
    .malloc = __libc_malloc,
    .free = __libc_free,
    .calloc = __libc_calloc,
    .realloc = __libc_realloc,
    .memalign = __libc_memalign,
};

static bool is_resolved;

static void use_sanitizer(void)
{
    struct at_beneath found = {
        .malloc = __interceptor_malloc,
        .free = __interceptor_free,
        .calloc = __interceptor_calloc,
        .realloc = __interceptor_realloc,
        .aligned_alloc = __interceptor_aligned_alloc,
        .memalign = __interceptor_memalign,
        .posix_memalign = __interceptor_posix_memalign,
        .valloc = __interceptor_valloc,
        .pvalloc = __interceptor_pvalloc,
        .sanitized = true,
    };
    if (at_compose(&found))
        at_beneath = found;
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
    if (at_compose(&found))
        at_beneath = found;
}

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        *(bool *) arg |= info->dlpi_phdr[i].p_type == PT_INTERP;
    return 1; /* the program comes first */
}

/* There this malloc has displaced libc's, so that there is none beneath. */
static void refuse_static(void)
{
    static const char message[] =
        "alloc_tracker: this program is linked statically, with the library for dynamic ones; link "
        "it with `pkg-config --libs alloc-tracker-static`\n";
    bool is_dynamic = false;
    dl_iterate_phdr(find_interpreter, &is_dynamic);
    if (is_dynamic)
        return;
    if (write(STDERR_FILENO, message, strlen(message)) < 0)
        abort();
    abort();
}

void at_beneath_resolve(void)
{
    if (is_resolved)
        return;
    is_resolved = true; /* first: dlsym may allocate and come back here */
    at_libc_bind();
    at_compose(&at_beneath);
    if (__interceptor_malloc) {
        use_sanitizer(); /* none is linked statically, and some ask before they can answer us */
    } else {
        refuse_static();
        use_next();
    }
}

void at_beneath_start(void)
{
    struct at_module program;
    if (!__tsan_func_entry || !at_module_find(getauxval(AT_ENTRY), &program))
        return;
    at_beneath.program = program.start;
    at_beneath.program_size = program.end - program.start;
}

bool at_malloc_is_ours(void)
{
    return home((const void *) malloc) == home((const void *) at_beneath_resolve);
}
