/* SPDX-License-Identifier: MIT */
/* The plugin that loader.c opens. */
#include <stdlib.h>

extern int loader_helper(int n);

static __thread char local[5000];

void *plugin_alloc(size_t size);
int plugin_call_lazily(int n);
int plugin_touch_local(void);

void *plugin_alloc(size_t size)
{
    void *block = malloc(size); /* HERE fail_plugin */
    local[0] += block != NULL;
    return block;
}

int plugin_call_lazily(int n)
{
    return loader_helper(n) + 1;
}

int plugin_touch_local(void)
{
    return ++local[17]; /* HERE fail_first_touch_of_a_thread_local */
}
