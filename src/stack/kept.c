/* SPDX-License-Identifier: MIT */
/* See kept.h. Functions are known by address: names would have to be looked up inside malloc. */
#include "stack/kept.h"

#include <unwind.h>

#include "base/symbols.h"
#include "stack/module.h"

/* Those that ask for the block themselves, and those of the loader's that have it asked for: for a
   new thread, and for a thread-local variable that is touched for the first time. */
static const void *directly[2];
static const void *in_loader[2];

/* What holds the latter: the program itself, where it is fully static. */
static struct at_module loader;

static bool is_in(const struct at_module *module, uintptr_t address)
{
    return address - module->start < module->end - module->start;
}

static bool is_one_of(const void *const functions[2], uintptr_t address)
{
    const void *function = _Unwind_FindEnclosingFunction((void *) address);
    return function && (function == functions[0] || function == functions[1]);
}

bool at_kept_is(const uintptr_t *frames, size_t n_frames)
{
    if (n_frames && is_one_of(directly, frames[0]))
        return true;
    for (size_t i = 0; i < n_frames && is_in(&loader, frames[i]); i++)
        if (is_one_of(in_loader, frames[i]))
            return true;
    return false;
}

void at_kept_start(void)
{
    in_loader[0] = at_symbol("_dl_allocate_tls");
    in_loader[1] = at_symbol("__tls_get_addr");
    at_module_find((uintptr_t) in_loader[0], &loader);
    directly[0] = at_symbol("__cxa_allocate_exception");
    directly[1] = at_symbol("__cxa_thread_atexit_impl");
}
