/* SPDX-License-Identifier: MIT */
/*
 * See probe.h. Each way in is tried as another object would use it: through the dynamic symbol, not
 * through our own definition, and through libc, which must have been bound to ours.
 */
#define _GNU_SOURCE
#include "interpose/probe.h"

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/symbols.h"
#include "stack/capture.h"
#include "stack/module.h"
#include "track/thread.h"

enum { PROBE_BYTES = 24 };

/* operator new(size_t): unsigned long or unsigned int. */
#define OPERATOR_NEW (sizeof(size_t) == 8 ? "_Znwm" : "_Znwj")

typedef void *allocate(size_t size);
typedef void release(void *block);

static char reason[768];

static bool arrives(allocate *get, release *put, size_t bytes)
{
    struct at_thread *self = at_thread_get();
    struct at_counters before = self->counters;
    void *volatile block = get(bytes);
    if (!block)
        return false;
    put(block);
    struct at_counters after = self->counters;
    return after.allocs == before.allocs + 1 && after.bytes == before.bytes + bytes
           && after.frees == before.frees + 1;
}

static void *duplicate(size_t size)
{
    static const char text[PROBE_BYTES] = "alloc_tracker probe 123";
    (void) size;
    return strdup(text);
}

static const char *object_of(const void *address)
{
    struct at_module module;
    if (!at_module_find((uintptr_t) address, &module))
        return "an unknown object";
    return module.path[0] ? module.path : "the program itself";
}

static int find_valgrind(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    const char *name = strstr(info->dlpi_name, "vgpreload_");
    if (!name || strncmp(name, "vgpreload_core", 14) == 0)
        return 0;
    *(const char **) arg = name + strlen("vgpreload_");
    return 1;
}

static const char *explain(const void *malloc_address)
{
    const char *tool = NULL;
    dl_iterate_phdr(find_valgrind, &tool);
    if (tool)
        snprintf(reason, sizeof reason,
                 "valgrind's %.*s replaces malloc, so allocations do not reach alloc_tracker; run "
                 "valgrind with --soname-synonyms=somalloc=nouserintercepts",
                 (int) strcspn(tool, "-"), tool);
    else if (at_symbols_are_static)
        return "the library for fully static programs was linked into a dynamic one, whose "
               "libraries it does not see; link with -static or -static-pie, or with `pkg-config "
               "--libs alloc-tracker`";
    else if (malloc_address
             && strcmp(object_of(malloc_address), object_of((const void *) at_probe)) != 0)
        snprintf(reason, sizeof reason,
                 "malloc is served by %s, in front of alloc_tracker; link the static "
                 "liballoc_tracker.a into the executable without -Wl,--exclude-libs or a version "
                 "script that hides malloc, and preload no other allocator before ours",
                 object_of(malloc_address));
    else
        snprintf(reason, sizeof reason,
                 "allocations made inside libc do not reach alloc_tracker: libc was bound to "
                 "another malloc; link without -Bsymbolic, RTLD_DEEPBIND and -Wl,--exclude-libs");
    return reason;
}

static const char *explain_new(const void *operator_new)
{
    snprintf(reason, sizeof reason,
             "operator new is served by %s, which does not pass through malloc, so C++ allocations "
             "do not reach alloc_tracker; let it call malloc, or leave it out when measuring",
             object_of(operator_new));
    return reason;
}

static const char *probe(void)
{
    if (!at_stack_is_complete())
        return "the program has no table of its functions' frames, so stacks cannot be read; link "
               "it with -Wl,--eh-frame-hdr";
    allocate *get = (allocate *) at_symbol("malloc");
    release *put = (release *) at_symbol("free");
    if (!get || !put || !arrives(get, put, PROBE_BYTES) || !arrives(duplicate, put, PROBE_BYTES))
        return explain((const void *) get);
    allocate *operator_new = (allocate *) at_symbol(OPERATOR_NEW);
    release *operator_delete = (release *) at_symbol("_ZdlPv");
    /* A first call may look in vain for the next operator new, and dlsym() then allocates. */
    if (operator_new && operator_delete && !arrives(operator_new, operator_delete, PROBE_BYTES)
        && !arrives(operator_new, operator_delete, PROBE_BYTES))
        return explain_new((const void *) operator_new);
    return NULL;
}

const char *at_probe(void)
{
    struct at_thread *self = at_thread_get();
    struct at_counters before = self->counters;
    const char *found = probe();
    self->counters = before;
    return found;
}
