/* SPDX-License-Identifier: MIT */
/* Print the owner of each function that the library calls: "NAME libc", "NAME sanitizer" or
   "NAME other". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <alloc_tracker/alloc_tracker.h>

/* See src/base/libc_bind.c. */
struct call {
    void *address;
    const char *interceptor;
};
extern struct call __start_at_libc_calls[], __stop_at_libc_calls[];

int main(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    for (struct call *call = __start_at_libc_calls; call < __stop_at_libc_calls; call++) {
        const char *name = call->interceptor + strlen("__interceptor_");
        void *interceptor = dlsym(RTLD_DEFAULT, call->interceptor);
        const char *whose = "other";
        if (call->address == interceptor)
            whose = "sanitizer";
        else if ((!interceptor || strcmp(name, "_setjmp") == 0)
                 && call->address == dlsym(libc, name))
            whose = "libc";
        printf("%s %s\n", name, whose);
    }
    return !at_is_observable(NULL);
}
