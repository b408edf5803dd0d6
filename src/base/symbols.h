/* SPDX-License-Identifier: MIT */
/*
 * Functions of the process by their names. One file of two implements this: symbols.c asks the
 * dynamic linker, symbols_static.c knows what a fully static program was linked from.
 */
#ifndef AT_BASE_SYMBOLS_H
#define AT_BASE_SYMBOLS_H

#include <stdbool.h>

/* Is libc part of the program itself? */
extern const bool at_symbols_are_static __attribute__((visibility("hidden")));

/* As the program sees it, or NULL. May allocate where it finds nothing. */
void *at_symbol(const char *name);

/* The definition that comes after ours, or NULL. */
void *at_symbol_next(const char *name);

#endif
