/* SPDX-License-Identifier: MIT */
/*
 * Calls of libc, libstdc++ and other libraries whose allocations are counted by us and, in the same
 * program without us, by valgrind. In C++ so that all can stand in one table; the ports have
 * another in C.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <stddef.h>

struct counted_call {
    const char *name;
    void (*prepare)(void); /* NULL, or what must not be counted */
    void (*call)(void);
};

extern const struct counted_call counted_calls[];
extern const size_t n_counted_calls;

#endif
