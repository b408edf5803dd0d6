/* SPDX-License-Identifier: MIT */
/*
 * Functions that the program defines and hides. A preloaded library sees what a program exports; a
 * program whose malloc or operator new is not exported calls it all the same. The symbol table in
 * its file has them, unless it was stripped.
 */
#ifndef AT_INTERPOSE_HIDDEN_H
#define AT_INTERPOSE_HIDDEN_H

#include "interpose/probe_apart.h"

/* Append the program's hidden functions that hand out memory to the `n` ways, and return how many
   there are. Nothing is appended where this library is part of the program. */
size_t at_hidden_collect(struct at_way ways[AT_MAX_WAYS], size_t n);

#endif
