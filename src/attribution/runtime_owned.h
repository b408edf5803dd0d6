/* SPDX-License-Identifier: MIT */
/*
 * Runtime-owned blocks: libc or the C++ runtime allocates them for itself, keeps them and releases
 * them in its own time, so that no user can, and they are nobody's leak. Examples are a thread's
 * descriptor, which libc keeps for the next thread, thread-local variables of a library, a C++
 * exception in flight, and the message that dlerror() returns.
 */
#ifndef AT_ATTRIBUTION_RUNTIME_OWNED_H
#define AT_ATTRIBUTION_RUNTIME_OWNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum at_runtime_owned {
    AT_RUNTIME_OWNED_NEVER = 0, /* the block belongs to the user */
    AT_RUNTIME_OWNED_ALWAYS,    /* the block is runtime-owned */
    AT_RUNTIME_OWNED_AS_BUFFER, /* a stream's buffer: runtime-owned if the stream is a standard one
                                 */
};

/* Return to whom a block with this stack belongs. May be called inside an allocation. */
enum at_runtime_owned at_runtime_owned_kind(const uintptr_t *frames, size_t n_frames);

/* The buffers that stdin, stdout and stderr have now. A standard stream without a buffer has 0. */
enum { AT_RUNTIME_OWNED_BUFFERS = 6 };
void at_runtime_owned_buffers(uintptr_t buffers[AT_RUNTIME_OWNED_BUFFERS]);

/* Notes, once, the standard streams: a program may assign others to `stdout`. */
void at_runtime_owned_start(void);

#endif
