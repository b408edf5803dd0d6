/* SPDX-License-Identifier: MIT */
/* See symbols.h. "Next" means after the object with this code, not after the caller's object. */
#define _GNU_SOURCE
#include "base/symbols.h"

#include <dlfcn.h>

#include "base/object.h"

const bool at_symbols_are_static = false;

/* Search with dlsym(), for a libc whose list of objects object.h cannot read. A failed search makes
   a message for dlerror(). It is consumed here, so that the user's next dlerror() does not return
   it. */
static void *find_with_dlsym(void *scope, const char *name)
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
        return find_with_dlsym(RTLD_DEFAULT, name);
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
                                  : find_with_dlsym(RTLD_NEXT, name);
}
