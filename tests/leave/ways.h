/* SPDX-License-Identifier: MIT */
/*
 * The ways to leave a scope guard (ways.cpp), and the checks of the counters afterwards
 * (leave.cpp).
 */
#ifndef WAYS_H
#define WAYS_H

#include "leave.h"

struct way {
    const char *name;
    void (*leave)(enum guard guard);
    bool unwinds; // needs unwind tables for every frame
    enum { COMES_BACK, GIVEN_UP, ENDS_THREAD, ENDS_PROCESS } kind;
};

extern const way ways[];
extern const int n_ways;

// Give up a coroutine inside the guard: one of the ways.
void abandon(enum guard guard);

// Check the counters in a new coroutine, on the stack of the one that was given up.
void check_next_coroutine(enum guard guard);

// A coroutine that runs `body`, which returns to its creator by yield() and never returns itself.
void start_coroutine(void (*body)());
void yield();
void resume_coroutine();

// Print that the current cell of the table fails.
void fail(enum guard guard, const char *way, const char *why, unsigned long long seen);

// Check that allocations are counted as if the guard had never been entered.
void check(enum guard guard, const char *way);

#endif
