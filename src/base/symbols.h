/* SPDX-License-Identifier: MIT */
/*
 * Functions of the process by their names. One file of two implements this: symbols.c reads the
 * loaded objects, symbols_static.c knows what a fully static program was linked from.
 */
#ifndef AT_BASE_SYMBOLS_H
#define AT_BASE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

/* Is libc part of the program itself? */
extern const bool at_symbols_are_static __attribute__((visibility("hidden")));

/* Find the first definition of `name` in the process, or NULL. With glibc, this does not allocate,
   take a lock or call the dynamic linker. */
void *at_symbol(const char *name);

/* Return the index of the first of `n` names under which the object that holds `function` exports
   it, or `n`. Lock-free: may run inside an allocation. */
size_t at_symbol_find_name(const void *function, const char *const *names, size_t n);

/* Find the first definition of `name` in the objects after this library's own, or NULL. */
void *at_symbol_next(const char *name);

#endif
