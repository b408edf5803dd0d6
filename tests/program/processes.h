/* SPDX-License-Identifier: MIT */
/* The ways of processes.c (how a process ends) and processes_start.c (how it starts another). */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <stddef.h>

struct way {
    const char *name;
    int (*run)(void);
};

extern const struct way ways_to_start[];
extern const size_t n_ways_to_start;

extern char self[4096]; /* the path of this program */

/* Allocate `n` blocks of 100 bytes and return the last one. */
void *take(int n);

#endif
