/* SPDX-License-Identifier: MIT */
/*
 * The oracle is a program that makes random calls of the whole malloc family, records each request
 * and its result, and compares the library with this recording.
 *
 * It has three parts: `calls` makes a call, `model` records and compares, `oracle.c` chooses the
 * work. The recording does not use malloc, and shares no code with the library.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum member {
    MALLOC,
    CALLOC,
    REALLOC,
    REALLOCARRAY,
    ALIGNED_ALLOC,
    MEMALIGN,
    POSIX_MEMALIGN,
    VALLOC,
    PVALLOC,
    NEW,
    NEW_ARRAY,
    N_MEMBERS,
    EXCEPTION = N_MEMBERS, /* the block that the C++ runtime allocates to throw one */
    N_SITE_MEMBERS,
};

/* The site of a call consists of its member, its path (a chain of functions that leads to it), and
   the depth of recursion in this path. */
enum { N_PATHS = 6, N_DEPTHS = 4, N_SITES = N_SITE_MEMBERS * N_PATHS * N_DEPTHS };

/* Size of an exception of type std::bad_alloc: the header of the Itanium C++ ABI, and the object.
 */
enum { EXCEPTION_BYTES = 128 + 8 };

struct call {
    enum member member;
    unsigned path;
    unsigned depth;
    void *old; /* of realloc and reallocarray */
    size_t n;  /* of calloc and reallocarray: the number of elements; else 1 */
    size_t size;
    size_t alignment; /* 0 if the member or the form of operator new has none */
    bool nothrow;
    unsigned n_tries; /* number of times that the new handler requests another try */
    void *block;      /* the result */
    bool thrown;      /* std::bad_alloc reached the caller */
};

struct block {
    unsigned char *address;
    size_t size; /* the size that the library must count */
    size_t alignment;
    uint64_t birth; /* model.clock at the allocation */
    unsigned owner; /* the thread that allocated it */
    unsigned site;
    enum member member;
    unsigned char tag; /* value of its bytes */
};

/* Make the call through its path. Release a block with the function that matches its member. */
void calls_make(struct call *call);
void calls_release(const struct block *block, unsigned variant);

/* Return the site of a call, and the site to which a stack of the library belongs (-1 for none). */
unsigned calls_site(enum member member, unsigned path, unsigned depth);
int calls_site_of(const char *function, const uintptr_t *frames, size_t n_frames);

/* The parts in C++: see oracle_new.cpp. */
void calls_new(struct call *call);
void calls_delete(const struct block *block, unsigned variant);
void calls_use_new_handler(bool use);

#ifdef __cplusplus
}
#endif

#endif
