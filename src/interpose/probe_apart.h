/* SPDX-License-Identifier: MIT */
/*
 * A trial of the allocation functions of this process: does each call reach malloc?
 *
 * The program's own functions may have side effects: they may count their calls, print, or use up a
 * pool. So they are tried in a copy of the process, and the program runs as it would without this
 * library. The copy is made as by fork(), but without the handlers of pthread_atfork().
 */
#ifndef AT_INTERPOSE_PROBE_APART_H
#define AT_INTERPOSE_PROBE_APART_H

#include <stdbool.h>
#include <stddef.h>

/* The form of a function: a form of operator new, which is a sum of the first three, or another. */
enum {
    AT_FORM_ARRAY = 1,
    AT_FORM_NOTHROW = 2,
    AT_FORM_ALIGNED = 4,
    AT_N_FORMS = 8,
    AT_FORM_MALLOC = AT_N_FORMS,
    AT_FORM_LIBC,   /* a function of libc that calls malloc */
    AT_FORM_MEMBER, /* the first of the other functions of the malloc family */
};

/* A way to allocate memory. */
struct at_way {
    int form;
    bool foreign; /* the function calls code of the program */
    void *get;
    void *put; /* the function that releases, or NULL */
};

enum { AT_MAX_WAYS = 80 };

enum at_reach {
    AT_REACHES_ALWAYS,
    AT_REACHES_NEVER,
    AT_REACHES_SOMETIMES,
    AT_REACH_UNKNOWN, /* the function crashed or did not return */
};

struct at_trial {
    enum at_reach reach;
    size_t way; /* index of the first way that does not always reach malloc, if it is known */
};

/* Try all ways: in this process, or in a copy of it if one way is foreign. A block is observed if
   the function that returns it calls malloc, for any number of bytes, or at_note_alloc(). */
struct at_trial at_try(const struct at_way *ways, size_t n);

#endif
