// SPDX-License-Identifier: MIT
/* uftrace #1904, memray #525: dlopen looks where the RUNPATH of the library that calls it points.
 */
#include <dlfcn.h>
#include <stddef.h>

void *open_plugin(void);

void *open_plugin(void)
{
    void *plugin = dlopen("libfieldplugin.so", RTLD_NOW);
    return plugin ? dlsym(plugin, "plugin_get") : NULL;
}
