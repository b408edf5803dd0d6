/* SPDX-License-Identifier: MIT */
/*
 * Whose C++ allocation operators serve this process: ours (new.c), or replacements.
 *
 * A replacement is a definition that a reference would reach if this library were not there, unless
 * it belongs to the C++ runtime or to the underlying allocator: ours do what theirs do. A program
 * may replace some operators and leave the others, which then must call the replacements.
 */
#ifndef AT_INTERPOSE_OPERATORS_H
#define AT_INTERPOSE_OPERATORS_H

#include <stddef.h>

#include "interpose/probe_apart.h"

enum at_operators_state {
    AT_OPERATORS_UNKNOWN = 0,
    AT_OPERATORS_OURS,   /* nothing is replaced */
    AT_OPERATORS_SHARED, /* some are, or malloc is not ours, or a sanitizer has its own */
    AT_OPERATORS_SCOPED, /* as SHARED, and objects opened later may bring operators of their own */
};

struct at_operator {
    const char *name;   /* mangled */
    const void *linked; /* the definition that references from this library's own object reach */
    const void *own;    /* ours */
    void *next;         /* a definition after ours that serves in its place, or NULL */
};

/* Defined by new.c; the last one has no name. */
extern struct at_operator at_operators[] __attribute__((visibility("hidden")));

/* atomic */
extern unsigned at_operators_state __attribute__((visibility("hidden")));

/* Find out who serves, and return the state. Does not allocate or lock. */
enum at_operators_state at_operators_resolve(void);

/* An object is about to be opened. */
void at_operators_expect_object(void);

/* Return the definition to call in place of our `op` when code at `caller` calls it, or
   NULL. */
void *at_operators_next(const struct at_operator *operator, const void * caller);

/* Append the operators new that code of this process may reach to the `n` ways, and return how many
   there are. The loader must not change its list meanwhile. */
size_t at_operators_collect(struct at_way ways[AT_MAX_WAYS], size_t n);

#endif
