/* SPDX-License-Identifier: MIT */
/* See kept.h. Functions are known by address: names would have to be looked up inside malloc. */
#define _GNU_SOURCE
#include "stack/kept.h"

#include <dlfcn.h>
#include <unwind.h>

#include "stack/module.h"

/* Those that ask for the block themselves, and those for which the loader asks. */
static const void *directly[2];
static const void *through_loader[2];

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
    size_t i = 0;
    while (i < n_frames && at_module_find(frames[i], &module) && module.loader) {
        if (is_one_of(through_loader, frames[i]))
            return true;
        i++;
    }
    return i > 0 && i < n_frames && is_one_of(through_loader, frames[i]);
}

void at_kept_start(void)
{
    /* libc's own: a sanitizer has another pthread_create in front. */
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    through_loader[0] = dlsym(libc ? libc : RTLD_DEFAULT, "pthread_create");
    through_loader[1] = dlsym(RTLD_DEFAULT, "__tls_get_addr");
    directly[0] = dlsym(RTLD_DEFAULT, "__cxa_allocate_exception");
    directly[1] = dlsym(RTLD_DEFAULT, "__cxa_thread_atexit_impl");
    if (libc)
        dlclose(libc);
}
