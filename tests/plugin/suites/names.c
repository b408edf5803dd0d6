/* SPDX-License-Identifier: MIT */
/* A C suite over names_plugin.cpp, linked (-DLINKED) or opened with RTLD_LOCAL. */
#include <alloc_tracker/criterion.h>
#include <dlfcn.h>

#ifdef LINKED
#define NAME(Name)                                                                                 \
    void names_##Name(void);                                                                       \
    Test(names, Name)                                                                              \
    {                                                                                              \
        cr_assert_no_alloc(names_##Name());                                                        \
    }
#else
#define NAME(Name)                                                                                 \
    static void (*names_##Name)(void);                                                             \
    Test(names, Name)                                                                              \
    {                                                                                              \
        void *plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);                                      \
        cr_assert(plugin, "%s", dlerror());                                                        \
        names_##Name = (void (*)(void)) dlsym(plugin, "names_" #Name);                             \
        cr_assert_no_alloc(names_##Name());                                                        \
    }
#endif

NAME(log)
NAME(put)
NAME(call)
NAME(less)
NAME(hidden)
