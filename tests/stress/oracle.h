/* SPDX-License-Identifier: MIT */
/*
 * The oracle: a program that makes random calls of the whole malloc family, writes down for itself
 * what it asked for and got, and holds the library against that.
 *
 * Three parts: `calls` makes a call and says what must come of it, `model` is the recording and the
 * comparison, `oracle.c` the random work. Nothing of the recording comes from malloc, and none of
 * it is shared with the library's code.
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
    EXCEPTION = N_MEMBERS, /* what the C++ runtime asks for to throw one */
    N_SITE_MEMBERS,
};

/* A call is made at the end of one of some paths, at one of some depths of recursion: these and the
   member are its site. */
enum { N_PATHS = 6, N_DEPTHS = 4, N_SITES = N_SITE_MEMBERS * N_PATHS * N_DEPTHS };

/* What an exception of type std::bad_alloc takes: the Itanium C++ ABI's header, and the object. */
enum { EXCEPTION_BYTES = 128 + 8 };

struct call {
    enum member member;
    unsigned path;
    unsigned depth;
    void *old; /* of realloc and reallocarray */
    size_t n;  /* of calloc and reallocarray: how many of `size`; else 1 */
    size_t size;
    size_t alignment; /* 0 where the member takes none, or operator new's form has none */
    bool nothrow;
    unsigned n_tries; /* how often the new handler asks for one more try */
    void *block;      /* what came of it */
    bool thrown;      /* std::bad_alloc reached the caller */
};

struct block {
    unsigned char *address;
    size_t size; /* as the library is to count it */
    size_t alignment;
    uint64_t birth; /* the clock then */
    unsigned owner; /* the thread that allocated it */
    unsigned site;
    enum member member;
    unsigned char tag; /* what its bytes hold */
};

/* Makes the call through its path; and the release that the block's member asks for. */
void calls_make(struct call *call);
void calls_release(const struct block *block, unsigned variant);

/* The site of a call, and the site that a stack of the library's belongs to: -1 for none. */
unsigned calls_site(enum member member, unsigned path, unsigned depth);
int calls_site_of(const char *function, const uintptr_t *frames, size_t n_frames);

/* The C++ part. */
void calls_new(struct call *call);
void calls_delete(const struct block *block, unsigned variant);
void calls_use_new_handler(bool use);

#ifdef __cplusplus
}
#endif

#endif
