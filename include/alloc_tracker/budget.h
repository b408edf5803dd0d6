/* SPDX-License-Identifier: MIT */
/*
 * Limits on metrics, and budgets, which are sets of limits.
 *
 *     struct at_budget budget = { .allocs = at_most(2), .peak = at_most(64 << 10) };
 *
 * A metric without a limit is not checked. at_most(0) is a limit.
 */
#ifndef ALLOC_TRACKER_BUDGET_H
#define ALLOC_TRACKER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/region.h>

/*
 * The member `code` of a limit is one number. It has both the kind (at most, at least, exactly)
 * and the `n` of the limit. So the expansion of at_most(2) has no comma outside parentheses, and
 * your own macro can pass it as one argument. If the compiler has no integer type of 128 bits, a
 * limit has at most 61 bits and a sign.
 */
#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 at_limit_code;
enum { AT_LIMIT_SCALE = 1 << 30, AT_LIMIT_KINDS = 0x11a7b00c };
#else
typedef long double at_limit_code;
enum { AT_LIMIT_SCALE = 4, AT_LIMIT_KINDS = 0 };
#endif

enum at_limit_kind {
    AT_LIMIT_MOST = AT_LIMIT_KINDS + 1,
    AT_LIMIT_LEAST,
    AT_LIMIT_EXACTLY,
};

#ifdef __cplusplus

extern "C++" {

/* A limit on one metric. If it is zero-initialised, there is no limit. */
struct at_limit {
    at_limit_code code;

    template <typename T> at_limit &operator=(T)
    {
        static_assert(sizeof(T) == 0, "a plain number is not a limit: write at_most(n), "
                                      "at_least(n) or at_exactly(n)");
        return *this;
    }
};

/* The at_limit_* functions are for the library. A number beyond 64 bits becomes 2^64 or -2^64: both
   are out of range, and both fit a code. */
constexpr at_limit_code at_limit_clamp(at_limit_code n, at_limit_code beyond)
{
    return n > beyond ? beyond : n < -beyond ? -beyond : n;
}

template <typename T> constexpr at_limit_code at_limit_number(T n)
{
    return at_limit_clamp(n > 0 && static_cast<at_limit_code>(n) < 0
                              ? static_cast<at_limit_code>(UINT64_MAX) + 1
                              : static_cast<at_limit_code>(n),
                          static_cast<at_limit_code>(UINT64_MAX) + 1);
}

/*
 * Return a limit: the metric is at most, at least, or exactly `n`, which is an integer of any type.
 * A negative `n` is an error, except for `live`. The error is reported when the budget is used.
 */
template <typename T> constexpr at_limit at_most(T n)
{
    return { at_limit_number(n | 0) * AT_LIMIT_SCALE + AT_LIMIT_MOST };
}

template <typename T> constexpr at_limit at_least(T n)
{
    return { at_limit_number(n | 0) * AT_LIMIT_SCALE + AT_LIMIT_LEAST };
}

template <typename T> constexpr at_limit at_exactly(T n)
{
    return { at_limit_number(n | 0) * AT_LIMIT_SCALE + AT_LIMIT_EXACTLY };
}
}

#else

/* This type is never defined. If a budget has a plain number, the compiler's message contains the
   name of this type, which shows what to write. */
struct at_most_or_at_least_or_at_exactly;

/* A limit on one metric. If it is zero-initialised, there is no limit. */
struct at_limit {
    union {
        const struct at_most_or_at_least_or_at_exactly *plain; /* rejects `.allocs = 2` */
        at_limit_code code;
    };
};

/*
 * Initialise a limit: the metric is at most, at least, or exactly `n`, which is an integer of any
 * type. A number beyond 97 bits and a sign is taken modulo 2^98. `n` is evaluated once. A negative
 * `n` is an error, except for `live`. A plain 0 in place of a limit is an error too. Both errors
 * are reported when the budget is used. The compiler rejects other plain numbers. To assign a
 * limit, write (struct at_limit) at_most(n).
 */
#define at_most(n)                                                                                 \
    {                                                                                              \
        .code = (at_limit_code) ((n) | 0) * AT_LIMIT_SCALE + AT_LIMIT_MOST                         \
    }
#define at_least(n)                                                                                \
    {                                                                                              \
        .code = (at_limit_code) ((n) | 0) * AT_LIMIT_SCALE + AT_LIMIT_LEAST                        \
    }
#define at_exactly(n)                                                                              \
    {                                                                                              \
        .code = (at_limit_code) ((n) | 0) * AT_LIMIT_SCALE + AT_LIMIT_EXACTLY                      \
    }

#endif

AT_BEGIN_DECLS

/* A set of limits, and how to measure. If it is zero-initialised, it has no limit. */
struct at_budget {
    const void *tag;          /* for the library */
    const char *text;         /* for the library: the initialisers, or NULL */
    struct at_limit allocs;   /* allocations; a realloc counts 1 */
    struct at_limit reallocs; /* how many of the allocations are reallocations */
    struct at_limit frees;    /* releases */
    struct at_limit bytes;    /* sum of the requested sizes */
    struct at_limit peak;     /* highest live, in bytes */
    struct at_limit live;     /* bytes requested and not released at the end; may be negative */
    struct at_limit leaks;    /* blocks allocated and not released at the end, without those that
                                 libc and the C++ runtime own */
    unsigned warmup;          /* runs before the measured runs, not measured; 0 means no such run */
    unsigned repeat;          /* measured runs, each within the budget; 0 means one run */
    enum at_scope scope;      /* AT_PROCESS, the default, or AT_THREAD */
    bool warn;                /* if usage exceeds a limit, print a message and do not fail */
};

AT_END_DECLS

#endif
