/* SPDX-License-Identifier: MIT */
/* See symbols.h. "Next" is counted from the object that asks: this one, whoever called. */
#define _GNU_SOURCE
#include "base/symbols.h"

#include <dlfcn.h>

const bool at_symbols_are_static = false;

/* The message of a search in vain is kept for dlerror(), and released by the next call of its kind,
   which would be the user's. */
static void *forget_failure(void *found)
{
    if (!found)
        while (dlerror())
            continue;
    return found;
}

void *at_symbol(const char *name)
{
    return forget_failure(dlsym(RTLD_DEFAULT, name));
}

void *at_symbol_next(const char *name)
{
    return forget_failure(dlsym(RTLD_NEXT, name));
}
