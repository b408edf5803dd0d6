// SPDX-License-Identifier: MIT
#include <stdlib.h>

void *plugin_get(void);

void *plugin_get(void)
{
    return malloc(77); // HERE plugin
}
