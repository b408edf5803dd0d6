/* SPDX-License-Identifier: MIT */
/*
 * See debug_info.h. A libbacktrace state is fixed to the objects that it sees at first. So there is
 * one state for each module that was queried. States are never released, but none is used after a
 * later dlclose(), because another object may be at the module's addresses then. This library has a
 * copy of libbacktrace that calls at_debug_iterate() instead of dl_iterate_phdr(); see meson.build.
 */
#define _GNU_SOURCE
#include "symbols/debug_info.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

#include "base/lock.h"
#include "base/pages.h"
#include "symbols/debug_note.h"

typedef int phdr_callback(struct dl_phdr_info *info, size_t size, void *data);

/* Called by libbacktrace. */
int at_debug_iterate(phdr_callback *callback, void *data);

struct module_info {
    struct module_info *next;
    uintptr_t base;
    unsigned long long n_closed; /* the number of objects that were closed before */
    const char *gone;            /* the path of a module that was closed itself, valid for ever */
    struct backtrace_state *state;
    char error[128];  /* libbacktrace's first error, except "no debug info" */
    uint32_t n_notes; /* atomic: 1 when the notes are complete */
    struct at_debug_notes notes;
};

static struct module_info *all; /* atomic: a list, the newest first */

/* The module that this thread currently queries. */
struct query {
    const struct at_module *module;
    struct module_info *info;
};

static __thread const struct query *current __attribute__((tls_model("initial-exec")));

/* dl_iterate_phdr() holds the loader's lock, which glibc does not release in a forked child. So a
   fork takes this lock first (see lock.h), and waits until the loader's is free. A signal handler
   may interrupt its own thread here. */
static struct at_lock loader_lock;

static int iterate_objects(phdr_callback *callback, void *data)
{
    bool nested = at_lock_is_mine(&loader_lock);
    at_lock_list(AT_LOCK_LOADER, &loader_lock);
    if (!nested)
        at_lock_acquire(&loader_lock);
    int result = dl_iterate_phdr(callback, data);
    if (!nested)
        at_lock_release(&loader_lock);
    return result;
}

struct filter {
    phdr_callback *callback;
    void *data;
};

static int show_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    const struct filter *filter = arg;
    if (info->dlpi_addr != current->module->base)
        return 0;
    struct dl_phdr_info shown = *info;
    shown.dlpi_name = current->module->path;
    filter->callback(&shown, size, filter->data);
    return 1;
}

/* For a module that was closed, its path and load address are enough: libbacktrace opens the file.
 */
int at_debug_iterate(phdr_callback *callback, void *data)
{
    const struct at_module *module = current->module;
    struct dl_phdr_info gone = { .dlpi_addr = module->base, .dlpi_name = module->path };
    if (module->gone)
        return callback(&gone, sizeof gone, data);
    struct filter filter = { .callback = callback, .data = data };
    return iterate_objects(show_module, &filter);
}

static int read_closed(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    *(unsigned long long *) arg = info->dlpi_subs;
    return 1;
}

/* Return false for "no debug info", which is not an error, and for the message that libbacktrace
   repeats in each call after an error. */
static bool is_error(const char *message)
{
    static const char none[] = "no debug info", repeated[] = "failed to read executable";
    return strncmp(message, none, sizeof none - 1) != 0
           && strncmp(message, repeated, sizeof repeated - 1) != 0;
}

static void store_error(void *data, const char *message, int error)
{
    (void) data;
    (void) error;
    if (current && current->info && !current->info->error[0] && is_error(message))
        snprintf(current->info->error, sizeof current->info->error, "%s", message);
}

static struct module_info *info_get(const struct at_module *module)
{
    unsigned long long n_closed = 0;
    iterate_objects(read_closed, &n_closed);
    const char *gone = module->gone ? module->path : NULL;
    struct module_info *newest = __atomic_load_n(&all, __ATOMIC_ACQUIRE);
    for (struct module_info *info = newest; info; info = info->next)
        if (info->base == module->base && info->n_closed == n_closed && info->gone == gone)
            return info;
    struct module_info *fresh = at_pages_new(sizeof *fresh);
    if (!fresh)
        return NULL;
    const char *file = module->path[0] ? module->path : NULL;
    *fresh = (struct module_info){
        .next = newest,
        .base = module->base,
        .n_closed = n_closed,
        .gone = gone,
        .state = backtrace_create_state(file, 1, store_error, NULL),
    };
    while (!__atomic_compare_exchange_n(&all, &fresh->next, fresh, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        ; /* two entries for the same module do no harm */
    return fresh;
}

int at_debug_lines(const struct at_module *module, uintptr_t address,
                   backtrace_full_callback callback, void *data)
{
    const struct query *outer = current;
    const struct query query = { module, info_get(module) };
    current = &query;
    int result = 0;
    if (query.info && query.info->state)
        result = backtrace_pcinfo(query.info->state, address, callback, store_error, data);
    current = outer;
    return result;
}

struct symbol {
    backtrace_syminfo_callback callback;
    void *data;
    bool found;
};

static void pass_symbol(void *data, uintptr_t address, const char *name, uintptr_t value,
                        uintptr_t size)
{
    struct symbol *symbol = data;
    symbol->found = true;
    symbol->callback(symbol->data, address, name, value, size);
}

bool at_debug_symbol(const struct at_module *module, uintptr_t address,
                     backtrace_syminfo_callback callback, void *data)
{
    const struct query *outer = current;
    const struct query query = { module, info_get(module) };
    struct symbol symbol = { callback, data, false };
    current = &query;
    if (query.info && query.info->state)
        backtrace_syminfo(query.info->state, address, pass_symbol, store_error, &symbol);
    current = outer;
    return symbol.found;
}

const char *at_debug_note(const struct at_module *module, const char *name, bool has_line,
                          bool *important)
{
    struct module_info *info = info_get(module);
    if (!info)
        return NULL;
    if (!__atomic_load_n(&info->n_notes, __ATOMIC_ACQUIRE)) {
        at_debug_notes_make(&info->notes, module->path, name, info->error);
        __atomic_store_n(&info->n_notes, 1, __ATOMIC_RELEASE);
    }
    const char *unlined = info->notes.unreadable[0] ? info->notes.unreadable : info->notes.absent;
    const char *note = has_line ? info->notes.partial : unlined;
    *important = note != info->notes.absent;
    return note[0] ? note : NULL;
}
