/* SPDX-License-Identifier: MIT */
/* See libc.h. The table of calls is in libc_call.S. For dynamic programs. */
#include "base/libc.h"

#include <stddef.h>

#include "base/object.h"

#define WEAK_HIDDEN __attribute__((weak, visibility("hidden")))

struct call {
    void *address;
    const char *interceptor; /* INTERCEPTOR and the function's name */
};

#define INTERCEPTOR "__interceptor_"

/* The linker defines these at the ends of the section, to which each finished object adds its
   calls. The section does not exist in a static program, or if combine.sh did not run. */
extern struct call __start_at_libc_calls[] WEAK_HIDDEN;
extern struct call __stop_at_libc_calls[] WEAK_HIDDEN;

void *__interceptor_malloc(size_t size) __attribute__((weak));

/* Return true for setjmp(), _setjmp() and the like. ThreadSanitizer's interceptors for these names
   only abort; it intercepts the functions in another way. */
static bool is_setjmp(const char *name)
{
    const char *tail = "_setjmp";
    while (*name && *name == *tail) {
        name++;
        tail++;
    }
    return !*name && !*tail;
}

/* Find the object that contains the sanitizer's runtime. */
static bool find_sanitizer(struct at_object *object)
{
    if (!__interceptor_malloc)
        return false;
    bool found = at_object_first(object);
    while (found
           && at_object_symbol(object, "__interceptor_malloc") != (void *) __interceptor_malloc)
        found = at_object_next(object);
    return found;
}

void at_libc_bind(void)
{
    struct at_object libc, sanitizer;
    if (!at_object_libc(&libc))
        return;
    bool sanitized = find_sanitizer(&sanitizer);
    for (struct call *call = __start_at_libc_calls; call < __stop_at_libc_calls; call++) {
        const char *name = call->interceptor + sizeof INTERCEPTOR - 1;
        void *found = NULL;
        if (sanitized && !is_setjmp(name))
            found = at_object_symbol(&sanitizer, call->interceptor);
        if (!found)
            found = at_object_symbol(&libc, name);
        if (found)
            __atomic_store_n(&call->address, found, __ATOMIC_RELAXED);
    }
}
