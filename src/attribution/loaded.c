/* SPDX-License-Identifier: MIT */
/* See loaded.h. */
#include "attribution/loaded.h"

#include <string.h>

#include "attribution/foreign.h"
#include "base/pages.h"

struct loaded {
    struct loaded *next;
    uint32_t number; /* from 1 on */
    uint64_t identity;
    struct at_module module;
    char path[];
};

static struct loaded *newest; /* atomic */

uint32_t at_loaded_n_changes;

void at_loaded_change(void)
{
    __atomic_fetch_add(&at_loaded_n_changes, 1, __ATOMIC_SEQ_CST);
}

static const struct loaded *find_recorded(uintptr_t address, uint32_t epoch)
{
    const struct loaded *loaded = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    while (loaded && (loaded->number > epoch || !at_module_contains(&loaded->module, address)))
        loaded = loaded->next;
    return loaded;
}

static bool is_same(const struct loaded *loaded, const struct at_module *module)
{
    return loaded->module.start == module->start && loaded->module.end == module->end
           && strcmp(loaded->path, module->path) == 0;
}

/* Two threads may record the same object, which does no harm. */
static bool record_module(const struct at_module *module)
{
    size_t n = strlen(module->path) + 1;
    struct loaded *fresh = at_pages_new(sizeof *fresh + n);
    if (!fresh)
        return false;
    memcpy(fresh->path, module->path, n);
    fresh->module = *module;
    fresh->module.path = fresh->path;
    fresh->identity = at_module_identity((const void *) module->start);
    fresh->next = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    do
        fresh->number = fresh->next ? fresh->next->number + 1 : 1;
    while (!__atomic_compare_exchange_n(&newest, &fresh->next, fresh, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
    return true;
}

uint32_t at_loaded_record(const uintptr_t *frames, size_t n_frames)
{
    struct at_module module = { .end = 0 };
    for (size_t i = 0; i < n_frames; i++) {
        if (at_module_contains(&module, frames[i]) || !at_module_find(frames[i], &module))
            continue;
        const struct loaded *known = find_recorded(frames[i], UINT32_MAX);
        if (!(known && is_same(known, &module)) && !record_module(&module))
            return 0;
    }
    const struct loaded *last = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    return last ? last->number : 0;
}

bool at_loaded_is_same_code(const uintptr_t *frames, size_t n_frames, uint32_t epoch)
{
    struct at_module module = { .end = 0 };
    for (size_t i = 0; i < n_frames; i++) {
        if (at_module_contains(&module, frames[i]))
            continue;
        const struct loaded *then = find_recorded(frames[i], epoch);
        bool found = at_module_find(frames[i], &module);
        if (then ? !(found && is_same(then, &module)) : found)
            return false;
    }
    return true;
}

void at_loaded_each(at_loaded_visitor *visit, void *arg)
{
    const struct loaded *loaded = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    for (; loaded; loaded = loaded->next)
        visit(&loaded->module, loaded->identity, loaded->number, arg);
}

bool at_loaded_find(uintptr_t address, uint32_t epoch, struct at_module *module)
{
    if (at_foreign_find(address, module))
        return true;
    const struct loaded *then = find_recorded(address, epoch);
    bool found = at_module_find(address, module);
    if (!then || (found && is_same(then, module)))
        return found;
    *module = then->module;
    module->gone = true;
    return true;
}
