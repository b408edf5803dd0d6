/* SPDX-License-Identifier: MIT */
/*
 * Trying the functions that hand out memory in this process: does each call reach malloc?
 *
 * A program's own functions may do anything: count their calls, print them, take from a pool. So
 * that the program runs as it does without this library, they are tried in a copy of the process,
 * as fork() makes one, but without the handlers that fork() calls.
 */
#ifndef AT_INTERPOSE_PROBE_APART_H
#define AT_INTERPOSE_PROBE_APART_H

#include <stdbool.h>
#include <stddef.h>

/* What the way is: a form of operator new, which is a sum of the first three, or malloc, or libc.
 */
enum {
    AT_FORM_ARRAY = 1,
    AT_FORM_NOTHROW = 2,
    AT_FORM_ALIGNED = 4,
    AT_N_FORMS = 8,
    AT_FORM_MALLOC = AT_N_FORMS,
    AT_FORM_LIBC,   /* a function of libc's that calls malloc */
    AT_FORM_MEMBER, /* another function of malloc's family */
};

struct at_way {
    int form;
    bool foreign; /* code of the program's own runs in it */
    void *get;
    void *put; /* what releases, or NULL */
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
    size_t way; /* the first one that does not always reach malloc, if it is known */
};

/* Try all of them: here, or in a copy of the process if one is foreign. A block is observed if the
   call that hands it out calls malloc, for however many bytes, or at_note_alloc(). */
struct at_trial at_try(const struct at_way *ways, size_t n);

#endif
