/* SPDX-License-Identifier: MIT */
/*
 * See probe.h. The probe calls malloc as another object does: through the dynamic symbol, and
 * through libc, which must be bound to this library's malloc. It also tries each definition of
 * C++'s operators that code of the process may call.
 */
#define _GNU_SOURCE
#include "interpose/probe.h"

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/module.h"
#include "base/symbols.h"
#include "interpose/hidden.h"
#include "interpose/operators.h"
#include "interpose/probe_apart.h"
#include "track/observed.h"
#include "track/thread.h"
#include "track/tracker.h"
#include "unwind/capture.h"

enum { PROBE_BYTES = 24, MAX_UNKNOWN = 3, MEMBER_ALIGNMENT = 64 };

typedef void *allocate(size_t size);
typedef void release(void *block);

struct collection {
    size_t n;
    struct at_way ways[AT_MAX_WAYS];
};

static char reason[768];
static int n_unknown; /* atomic: number of trials without a result */

/* Return true if a call of `get` and of `put` changes the counters of this thread. */
static bool is_counted(allocate *get, release *put, size_t bytes)
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
    return module.path[0] ? module.path : "the program";
}

static bool is_program(const void *address)
{
    struct at_module module;
    return at_module_find((uintptr_t) address, &module) && !module.path[0];
}

static bool is_preloaded(void)
{
    return !is_program((const void *) at_probe);
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

static const char *explain(const char *name, const void *address)
{
    const char *tool = NULL;
    dl_iterate_phdr(find_valgrind, &tool);
    if (tool)
        snprintf(reason, sizeof reason,
                 "valgrind's %.*s replaces malloc, so allocations do not reach alloc_tracker; run "
                 "valgrind with --soname-synonyms=somalloc=nouserintercepts",
                 (int) strcspn(tool, "-"), tool);
    else if (at_symbols_are_static)
        return "liballoc_tracker_static.a is for fully static programs, but is linked into a "
               "dynamic "
               "one, so allocations in its libraries do not reach alloc_tracker; link with -static "
               "or -static-pie, or with `pkg-config --libs alloc-tracker`";
    else if (address && is_preloaded() && is_program(address))
        snprintf(reason, sizeof reason,
                 "%s is defined by the program, and does not call the next %s, so allocations do "
                 "not reach alloc_tracker; rename the program's functions when measuring, for "
                 "example with -D%s=own_%s or objcopy --redefine-sym: see docs/faq.md",
                 name, strcmp(name, "free") == 0 ? name : "malloc", name, name);
    else if (address && strcmp(object_of(address), object_of((const void *) at_probe)) != 0)
        snprintf(reason, sizeof reason,
                 "%s is defined by %s, which comes before alloc_tracker, so allocations do not "
                 "reach alloc_tracker; link the static liballoc_tracker.a into the executable, "
                 "without -Wl,--exclude-libs or a version script that hides malloc, and preload no "
                 "other allocator before alloc_tracker",
                 name, object_of(address));
    else
        snprintf(
            reason, sizeof reason,
            "libc calls another malloc, so allocations inside libc do not reach alloc_tracker; "
            "link without -Bsymbolic, RTLD_DEEPBIND and -Wl,--exclude-libs");
    return reason;
}

static const char *explain_new(const struct at_way *way, enum at_reach reach)
{
    static const char *const forms[] = { "",
                                         "[]",
                                         "(nothrow)",
                                         "[](nothrow)",
                                         "(align_val_t)",
                                         "[](align_val_t)",
                                         "(align_val_t, nothrow)",
                                         "[](align_val_t, nothrow)" };
    static const char *const faults[] = {
        [AT_REACHES_NEVER] = "does not call malloc",
        [AT_REACHES_SOMETIMES] = "calls malloc for some blocks only",
        [AT_REACH_UNKNOWN] = "could not be tested, because it crashes or does not return",
    };
    snprintf(reason, sizeof reason,
             "operator new%s is defined by %s, which %s, so C++ allocations do not reach "
             "alloc_tracker; make it call malloc for each block, report each block with "
             "at_note_alloc(), or do not link it when measuring",
             forms[way->form], object_of(way->get), faults[reach]);
    return reason;
}

/* The rest of the malloc family. A program may define some of these functions. */
static void *get_calloc(size_t size)
{
    return ((void *(*) (size_t, size_t)) at_symbol("calloc"))(1, size);
}

static void *get_realloc(size_t size)
{
    return ((void *(*) (void *, size_t)) at_symbol("realloc"))(NULL, size);
}

static void *get_reallocarray(size_t size)
{
    return ((void *(*) (void *, size_t, size_t)) at_symbol("reallocarray"))(NULL, 1, size);
}

static void *get_aligned_alloc(size_t size)
{
    size_t rounded = (size + MEMBER_ALIGNMENT - 1) & ~(size_t) (MEMBER_ALIGNMENT - 1);
    return ((void *(*) (size_t, size_t)) at_symbol("aligned_alloc"))(MEMBER_ALIGNMENT, rounded);
}

static void *get_memalign(size_t size)
{
    return ((void *(*) (size_t, size_t)) at_symbol("memalign"))(MEMBER_ALIGNMENT, size);
}

static void *get_posix_memalign(size_t size)
{
    void *block = NULL;
    int (*get)(void **, size_t, size_t) =
        (int (*)(void **, size_t, size_t)) at_symbol("posix_memalign");
    return get(&block, MEMBER_ALIGNMENT, size) == 0 ? block : NULL;
}

static void *get_valloc(size_t size)
{
    return ((allocate *) at_symbol("valloc"))(size);
}

static void *get_pvalloc(size_t size)
{
    return ((allocate *) at_symbol("pvalloc"))(size);
}

static const struct {
    const char *name;
    allocate *get;
} members[] = {
    { "calloc", get_calloc },
    { "realloc", get_realloc },
    { "reallocarray", get_reallocarray },
    { "aligned_alloc", get_aligned_alloc },
    { "memalign", get_memalign },
    { "posix_memalign", get_posix_memalign },
    { "valloc", get_valloc },
    { "pvalloc", get_pvalloc },
};
enum { N_MEMBERS = sizeof members / sizeof members[0] };

static const char *explain_trial(const struct collection *all, struct at_trial trial)
{
    const struct at_way *way = &all->ways[trial.way];
    if (trial.reach == AT_REACHES_ALWAYS)
        return NULL;
    if (way->form < AT_N_FORMS)
        return explain_new(way, trial.reach);
    const char *name =
        way->form >= AT_FORM_MEMBER ? members[way->form - AT_FORM_MEMBER].name : "malloc";
    return explain(name, way->form == AT_FORM_MALLOC ? way->get : at_symbol(name));
}

/* Return true if the function belongs neither to this library nor to a runtime library. */
static bool is_foreign(const void *function)
{
    struct at_module module, own;
    return at_module_find((uintptr_t) function, &module)
           && at_module_find((uintptr_t) at_probe, &own) && module.start != own.start
           && module.owner != AT_OWNER_RUNTIME;
}

/* The functions that only the program's file names. The file is read once, at start: later the
   program may have lost the right to open files. */
static struct collection hidden;

static void collect_all(struct collection *all)
{
    void *get = at_symbol("malloc");
    void *put = at_symbol("free");
    if (is_foreign(get)) {
        all->ways[0] = (struct at_way){ AT_FORM_MALLOC, true, get, put };
        all->ways[1] = (struct at_way){ AT_FORM_LIBC, true, (void *) duplicate, put };
        all->n = 2;
    }
    for (int i = 0; i < N_MEMBERS; i++)
        if (is_foreign(at_symbol(members[i].name)))
            all->ways[all->n++] =
                (struct at_way){ AT_FORM_MEMBER + i, true, (void *) members[i].get, put };
    all->n = at_operators_collect(all->ways, all->n);
    for (size_t i = 0; i < hidden.n && all->n < AT_MAX_WAYS; i++)
        all->ways[all->n++] = hidden.ways[i];
}

/* A callback of dl_iterate_phdr(), during which the loader does not change its list of objects. */
static int collect(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) info;
    (void) size;
    collect_all(arg);
    return 1;
}

static bool is_any_foreign(const struct collection *all)
{
    bool foreign = false;
    for (size_t i = 0; i < all->n; i++)
        foreign |= all->ways[i].foreign;
    return foreign;
}

/* The trial of at_is_observable(). A trial without a result is repeated by the next call. After
   MAX_UNKNOWN trials the first foreign function is named as the cause. */
static void run_trial(void)
{
    struct collection all = { 0 };
    dl_iterate_phdr(collect, &all);
    struct at_trial trial = { AT_REACHES_ALWAYS, 0 };
    if (is_any_foreign(&all))
        trial = at_try(all.ways, all.n);
    if (trial.reach == AT_REACH_UNKNOWN) {
        if (__atomic_add_fetch(&n_unknown, 1, __ATOMIC_RELAXED) < MAX_UNKNOWN)
            return;
        while (!all.ways[trial.way].foreign && trial.way + 1 < all.n)
            trial.way++;
    }
    at_observed_set_trial(NULL);
    const char *found = explain_trial(&all, trial);
    if (found)
        at_observed_set_reason(found);
}

static const char *probe(void)
{
    if (!at_stack_is_complete())
        return "the program has no table of its functions' frames, so stacks cannot be read; link "
               "it with -Wl,--eh-frame-hdr";
    allocate *get = (allocate *) at_symbol("malloc");
    release *put = (release *) at_symbol("free");
    struct collection all = { 0 };
    hidden.n = at_hidden_collect(hidden.ways, 0);
    dl_iterate_phdr(collect, &all);
    bool foreign = is_any_foreign(&all);
    if (foreign)
        at_observed_set_trial(run_trial);
    if (is_foreign((const void *) get))
        return NULL;
    if (!get || !put || !is_counted(get, put, PROBE_BYTES)
        || !is_counted(duplicate, put, PROBE_BYTES))
        return is_foreign((const void *) put) ? explain("free", (const void *) put)
                                              : explain("malloc", (const void *) get);
    return foreign ? NULL : explain_trial(&all, at_try(all.ways, all.n));
}

const char *at_probe(void)
{
    struct at_thread *self = at_thread_get();
    struct at_counters before = self->counters;
    const char *found = probe();
    self->counters = before;
    return found;
}

void at_probe_later(void)
{
    at_operators_expect_object();
    at_observed_set_trial(run_trial);
}
