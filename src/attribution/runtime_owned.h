/* SPDX-License-Identifier: MIT */
/*
 * Runtime-owned blocks: blocks that libc or the C++ runtime allocates for itself and releases when
 * it chooses. The user cannot release them, so they are not leaks. Examples: a thread's descriptor,
 * which libc caches for the next thread, thread-local variables of a library, a C++ exception in
 * flight, the message that dlerror() returns.
 */
#ifndef AT_ATTRIBUTION_RUNTIME_OWNED_H
#define AT_ATTRIBUTION_RUNTIME_OWNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum at_runtime_owned {
    AT_RUNTIME_OWNED_NEVER = 0, /* the block belongs to the user */
    AT_RUNTIME_OWNED_ALWAYS,    /* the block is runtime-owned */
    AT_RUNTIME_OWNED_AS_BUFFER, /* a stream's buffer: runtime-owned if it is a standard stream's */
};

/* Return whether a block with this stack is runtime-owned. May be called inside an allocation. */
enum at_runtime_owned at_runtime_owned_kind(const uintptr_t *frames, size_t n_frames);

enum {
    AT_RUNTIME_OWNED_PER_STREAM = 3,
    AT_RUNTIME_OWNED_BUFFERS = 3 * AT_RUNTIME_OWNED_PER_STREAM
};

/* Get the addresses of the buffers that stdin, stdout and stderr have now. All differ, except that
   an address is 0 if there is no such buffer. */
void at_runtime_owned_buffers(uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS]);

/* Store, once, which streams are the standard ones: a program may assign to `stdout`. */
void at_runtime_owned_start(void);

#endif
