/* SPDX-License-Identifier: MIT */
/*
 * A plugin that is built twice and loaded in turn. The two builds have frames of different sizes at
 * the same addresses. The inner frame is filled with a plausible return address, so that a walk
 * with the stale rules of the other build would continue at the wrong address.
 */
#include <stdlib.h>

static __attribute__((noinline)) void *inner(size_t n, void *way_out)
{
    void *volatile frame[FRAME];
    for (size_t i = 0; i < FRAME; i++)
        frame[i] = way_out;
    void *block = malloc(n);
    frame[0] = NULL;
    return block;
}

void *plugin_get(size_t n);

void *plugin_get(size_t n)
{
    void *volatile frame[FRAME_OUTER];
    frame[0] = frame[FRAME_OUTER - 1] = NULL;
    void *block = inner(n, __builtin_return_address(0));
    frame[0] = block;
    return block;
}
