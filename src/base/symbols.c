/* SPDX-License-Identifier: MIT */
/* See symbols.h. "Next" is counted from the object that asks: this one, whoever called. */
#define _GNU_SOURCE
#include "base/symbols.h"

#include <dlfcn.h>

#include "base/object.h"

const bool at_symbols_are_static = false;

/* For a C library whose list of objects is not read. The message of a search in vain is kept for
   dlerror(), and released by the next call of its kind, which would be the user's. */
static void *ask_linker(void *scope, const char *name)
{
    void *found = dlsym(scope, name);
    if (!found)
        while (dlerror())
            continue;
    return found;
}

void *at_symbol(const char *name)
{
    struct at_object object;
    if (!at_object_first(&object))
        return ask_linker(RTLD_DEFAULT, name);
    void *found = at_object_symbol(&object, name);
    return found ? found : at_object_symbol_after(&object, name);
}

size_t at_symbol_find_name(const void *function, const char *const *names, size_t n)
{
    struct at_object object;
    if (!at_object_around(&object, function))
        return n;
    size_t i = 0;
    while (i < n && at_object_symbol(&object, names[i]) != function)
        i++;
    return i;
}

void *at_symbol_next(const char *name)
{
    struct at_object object;
    return at_object_own(&object) ? at_object_symbol_after(&object, name)
                                  : ask_linker(RTLD_NEXT, name);
}
