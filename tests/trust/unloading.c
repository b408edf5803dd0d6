/* SPDX-License-Identifier: MIT */
/*
 * Open each object that is an argument, call plugin_get() in it, and close it. Print the address of
 * the function.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        void *plugin = dlopen(argv[i], RTLD_NOW);
        if (!plugin)
            return 2;
        void *(*get)(size_t) = (void *(*) (size_t)) dlsym(plugin, "plugin_get");
        fprintf(stderr, "%ju\n", (uintmax_t) (uintptr_t) get);
        free(get((size_t) i * 1000));
        dlclose(plugin);
    }
    return 0;
}
