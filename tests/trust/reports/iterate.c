// SPDX-License-Identifier: MIT
/* jemalloc #1438, #2505: a preloaded dl_iterate_phdr, like fakechroot's, that looks symbols up and
 * allocates. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>

typedef int iterate_function(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data);

int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data)
{
    free(malloc(10));
    dlerror();
    dlsym(RTLD_NEXT, "no_such_function"); /* allocates the message of dlerror */
    return ((iterate_function *) dlsym(RTLD_NEXT, "dl_iterate_phdr"))(callback, data);
}
