/* SPDX-License-Identifier: MIT */
/* See oracle.h. The paths are in a section of their own, so that their frames can be recognised. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

#define PATH __attribute__((noinline, section("oracle_paths")))

extern const char __start_oracle_paths[], __stop_oracle_paths[];

static __attribute__((noinline)) void perform(struct call *call)
{
    void *block = NULL;
    switch (call->member) {
        case MALLOC: block = malloc(call->size); break;
        case CALLOC: block = calloc(call->n, call->size); break;
        case REALLOC: block = realloc(call->old, call->size); break;
        case REALLOCARRAY: block = reallocarray(call->old, call->n, call->size); break;
        case ALIGNED_ALLOC: block = aligned_alloc(call->alignment, call->size); break;
        case MEMALIGN: block = memalign(call->alignment, call->size); break;
        case POSIX_MEMALIGN:
            if (posix_memalign(&block, call->alignment, call->size) != 0)
                block = NULL;
            break;
        case VALLOC: block = valloc(call->size); break;
        case PVALLOC: block = pvalloc(call->size); break;
        case NEW:
        case NEW_ARRAY: calls_new(call); return;
        case N_MEMBERS:
        case N_SITE_MEMBERS: abort();
    }
    call->block = block;
}

/* Each path has a frame of another size. The assignment after the call prevents a tail call. */
#define DEFINE_PATH(Number)                                                                        \
    static PATH void path_##Number(struct call *call, unsigned depth)                              \
    {                                                                                              \
        volatile char frame[1 + 24 * Number];                                                      \
        frame[0] = Number;                                                                         \
        if (depth > 0)                                                                             \
            path_##Number(call, depth - 1);                                                        \
        else                                                                                       \
            perform(call);                                                                         \
        frame[0] += 1;                                                                             \
    }

DEFINE_PATH(0)
DEFINE_PATH(1)
DEFINE_PATH(2)
DEFINE_PATH(3)
DEFINE_PATH(4)
DEFINE_PATH(5)

static void (*const paths[N_PATHS])(struct call *, unsigned) = { path_0, path_1, path_2,
                                                                 path_3, path_4, path_5 };

void calls_make(struct call *call)
{
    call->block = NULL;
    call->thrown = false;
    paths[call->path](call, call->depth);
}

void calls_release(const struct block *block, unsigned variant)
{
    if (block->member == NEW || block->member == NEW_ARRAY)
        calls_delete(block, variant);
    else
        free(block->address);
}

unsigned calls_site(enum member member, unsigned path, unsigned depth)
{
    return ((unsigned) member * N_PATHS + path) * N_DEPTHS + depth;
}

static bool is_in_path(uintptr_t address)
{
    return address >= (uintptr_t) __start_oracle_paths && address < (uintptr_t) __stop_oracle_paths;
}

static unsigned path_of(uintptr_t address)
{
    unsigned best = N_PATHS;
    for (unsigned i = 0; i < N_PATHS; i++)
        if ((uintptr_t) paths[i] <= address
            && (best == N_PATHS || (uintptr_t) paths[i] > (uintptr_t) paths[best]))
            best = i;
    return best;
}

int calls_site_of(const char *function, const uintptr_t *frames, size_t n_frames)
{
    static const char *const names[N_MEMBERS] = {
        "malloc",         "calloc", "realloc", "reallocarray", "aligned_alloc",  "memalign",
        "posix_memalign", "valloc", "pvalloc", "operator new", "operator new[]",
    };
    size_t first = 0;
    while (first < n_frames && !is_in_path(frames[first]))
        first++;
    if (first == n_frames)
        return -1;
    unsigned path = path_of(frames[first]), depth = 0;
    while (first + depth + 1 < n_frames && is_in_path(frames[first + depth + 1])) {
        depth++;
        if (path_of(frames[first + depth]) != path)
            return -1;
    }
    for (unsigned i = 0; i < N_MEMBERS && depth < N_DEPTHS; i++) {
        /* Only perform() is between a path and a C function. More frames belong to a throw. */
        bool thrown = i == MALLOC && first > 1;
        if (strcmp(function, names[i]) == 0)
            return (int) calls_site(thrown ? EXCEPTION : (enum member) i, path, depth);
    }
    return -1;
}
