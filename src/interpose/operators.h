/* SPDX-License-Identifier: MIT */
/*
 * Which C++ allocation operators the process calls: this library's (new.c), or replacements.
 *
 * A replacement is the definition that would be called without this library. Definitions of the C++
 * runtime and of the underlying allocator are no replacements, because this library's operators do
 * the same. A program may replace some of the operators. Then the others must call the
 * replacements.
 */
#ifndef AT_INTERPOSE_OPERATORS_H
#define AT_INTERPOSE_OPERATORS_H

#include <stddef.h>

#include "interpose/probe_apart.h"

enum at_operators_state {
    AT_OPERATORS_UNKNOWN = 0,
    AT_OPERATORS_OURS,   /* no operator is replaced */
    AT_OPERATORS_SHARED, /* some are replaced, or malloc is, or a sanitizer has operators */
    AT_OPERATORS_SCOPED, /* as SHARED, and objects that were opened may have operators of their own
                          */
};

struct at_operator {
    const char *name;   /* mangled */
    const void *linked; /* the definition that this library's own object calls */
    const void *own;    /* this library's definition */
    void *next;         /* a later definition that replaces it, or NULL */
};

/* Defined in new.c; the last one has no name. */
extern struct at_operator at_operators[] __attribute__((visibility("hidden")));

/* Atomic. */
extern unsigned at_operators_state __attribute__((visibility("hidden")));

/* Find the replacements, and return the state. Takes no lock, and does not allocate. */
enum at_operators_state at_operators_resolve(void);

/* Called before an object is opened: it may have operators of its own. */
void at_operators_expect_object(void);

/* Return the definition that must be called in place of this library's `operator` for code at
   `caller`, or NULL. */
void *at_operators_next(const struct at_operator *operator, const void * caller);

/* Append the definitions of operator new that code of this process may call to the `n` ways, and
   return the new number. The loader must not change its list meanwhile. */
size_t at_operators_collect(struct at_way ways[AT_MAX_WAYS], size_t n);

#endif
