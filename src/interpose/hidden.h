/* SPDX-License-Identifier: MIT */
/*
 * Allocation functions that the program defines and does not export. The program calls them, but
 * the loader does not show them to a preloaded library. The symbol table in the program's file has
 * them, unless the file was stripped.
 */
#ifndef AT_INTERPOSE_HIDDEN_H
#define AT_INTERPOSE_HIDDEN_H

#include "interpose/probe_apart.h"

/* Append the program's hidden allocation functions to the `n` ways, and return the new number. If
   this library is linked into the program, append none. */
size_t at_hidden_collect(struct at_way ways[AT_MAX_WAYS], size_t n);

#endif
