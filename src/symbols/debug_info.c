/* SPDX-License-Identifier: MIT */
/*
 * See debug_info.h. A libbacktrace state keeps what it learned of the objects that it saw first, so
 * there is one for each module that was asked about. They are never released, and none is believed
 * after a dlclose(): another object may lie there now. What is built in here is a copy of
 * libbacktrace whose dl_iterate_phdr() is ours, see meson.build.
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

struct known {
    struct known *next;
    uintptr_t base;
    unsigned long long n_closed; /* objects closed before */
    const char *gone;            /* the path, for ever, of an object that was closed itself */
    struct backtrace_state *state;
    char error[128];  /* libbacktrace's first complaint, but for "no debug info" */
    uint32_t n_notes; /* atomic: 1 once the notes are there */
    struct at_debug_notes notes;
};

static struct known *all; /* atomic: the newest first */

/* What this thread asks about. */
struct question {
    const struct at_module *module;
    struct known *known;
};

static __thread const struct question *asked __attribute__((tls_model("initial-exec")));

/* The loader's own lock is held meanwhile, and glibc does not free it in a forked child: so a fork
   waits for ours. A signal handler may have interrupted its own thread here. */
static struct at_lock loader_lock;

static int iterate(phdr_callback *callback, void *data)
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

static int pass_on(struct dl_phdr_info *info, size_t size, void *arg)
{
    const struct filter *filter = arg;
    if (info->dlpi_addr != asked->module->base)
        return 0;
    struct dl_phdr_info shown = *info;
    shown.dlpi_name = asked->module->path;
    filter->callback(&shown, size, filter->data);
    return 1;
}

/* libbacktrace reads the file by its name, and needs no more than where it was loaded. */
int at_debug_iterate(phdr_callback *callback, void *data)
{
    const struct at_module *module = asked->module;
    struct dl_phdr_info gone = { .dlpi_addr = module->base, .dlpi_name = module->path };
    if (module->gone)
        return callback(&gone, sizeof gone, data);
    struct filter filter = { .callback = callback, .data = data };
    return iterate(pass_on, &filter);
}

static int read_closed(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    *(unsigned long long *) arg = info->dlpi_subs;
    return 1;
}

/* No debug information is not an error; the second message follows each error, in later calls. */
static bool is_error(const char *message)
{
    static const char none[] = "no debug info", repeated[] = "failed to read executable";
    return strncmp(message, none, sizeof none - 1) != 0
           && strncmp(message, repeated, sizeof repeated - 1) != 0;
}

static void keep_error(void *data, const char *message, int error)
{
    (void) data;
    (void) error;
    if (asked && asked->known && !asked->known->error[0] && is_error(message))
        snprintf(asked->known->error, sizeof asked->known->error, "%s", message);
}

static struct known *known_get(const struct at_module *module)
{
    unsigned long long n_closed = 0;
    iterate(read_closed, &n_closed);
    const char *gone = module->gone ? module->path : NULL;
    struct known *newest = __atomic_load_n(&all, __ATOMIC_ACQUIRE);
    for (struct known *known = newest; known; known = known->next)
        if (known->base == module->base && known->n_closed == n_closed && known->gone == gone)
            return known;
    struct known *fresh = at_pages_new(sizeof *fresh);
    if (!fresh)
        return NULL;
    const char *file = module->path[0] ? module->path : NULL;
    *fresh = (struct known){
        .next = newest,
        .base = module->base,
        .n_closed = n_closed,
        .gone = gone,
        .state = backtrace_create_state(file, 1, keep_error, NULL),
    };
    while (!__atomic_compare_exchange_n(&all, &fresh->next, fresh, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        ; /* two of the same do no harm */
    return fresh;
}

int at_debug_lines(const struct at_module *module, uintptr_t address,
                   backtrace_full_callback callback, void *data)
{
    const struct question *before = asked;
    const struct question question = { module, known_get(module) };
    asked = &question;
    int result = 0;
    if (question.known && question.known->state)
        result = backtrace_pcinfo(question.known->state, address, callback, keep_error, data);
    asked = before;
    return result;
}

struct symbol {
    backtrace_syminfo_callback callback;
    void *data;
    bool answered;
};

static void answer(void *data, uintptr_t address, const char *name, uintptr_t value, uintptr_t size)
{
    struct symbol *symbol = data;
    symbol->answered = true;
    symbol->callback(symbol->data, address, name, value, size);
}

bool at_debug_symbol(const struct at_module *module, uintptr_t address,
                     backtrace_syminfo_callback callback, void *data)
{
    const struct question *before = asked;
    const struct question question = { module, known_get(module) };
    struct symbol symbol = { callback, data, false };
    asked = &question;
    if (question.known && question.known->state)
        backtrace_syminfo(question.known->state, address, answer, keep_error, &symbol);
    asked = before;
    return symbol.answered;
}

const char *at_debug_note(const struct at_module *module, const char *name, bool lined,
                          bool *pressing)
{
    struct known *known = known_get(module);
    if (!known)
        return NULL;
    if (!__atomic_load_n(&known->n_notes, __ATOMIC_ACQUIRE)) {
        at_debug_notes_make(&known->notes, module->path, name, known->error);
        __atomic_store_n(&known->n_notes, 1, __ATOMIC_RELEASE);
    }
    const char *unlined =
        known->notes.unreadable[0] ? known->notes.unreadable : known->notes.absent;
    const char *note = lined ? known->notes.partial : unlined;
    *pressing = note != known->notes.absent;
    return note[0] ? note : NULL;
}
