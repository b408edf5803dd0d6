/* SPDX-License-Identifier: MIT */
/* See kept.h. Functions are known by address: names would have to be looked up inside malloc. */
#define _GNU_SOURCE
#include "stack/kept.h"

#include <dlfcn.h>
#include <unwind.h>

#include "stack/module.h"

/* Those that ask for the block themselves, and those of the loader's that have it asked for: for a
   new thread, and for a thread-local variable that is touched for the first time. */
static const void *directly[2];
static const void *in_loader[2];

static bool is_one_of(const void *const functions[2], uintptr_t address)
{
    const void *function = _Unwind_FindEnclosingFunction((void *) address);
    return function && (function == functions[0] || function == functions[1]);
}

bool at_kept_is(const uintptr_t *frames, size_t n_frames)
{
    if (n_frames && is_one_of(directly, frames[0]))
        return true;
    struct at_module module;
    for (size_t i = 0; i < n_frames && at_module_find(frames[i], &module) && module.loader; i++)
        if (is_one_of(in_loader, frames[i]))
            return true;
    return false;
}

void at_kept_start(void)
{
    in_loader[0] = dlsym(RTLD_DEFAULT, "_dl_allocate_tls");
    in_loader[1] = dlsym(RTLD_DEFAULT, "__tls_get_addr");
    directly[0] = dlsym(RTLD_DEFAULT, "__cxa_allocate_exception");
    directly[1] = dlsym(RTLD_DEFAULT, "__cxa_thread_atexit_impl");
}
