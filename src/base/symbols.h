/* SPDX-License-Identifier: MIT */
/*
 * Search for the process's functions by name. Two files implement this header: symbols.c searches
 * the loaded objects of a dynamic program. symbols_static.c has a table of functions for a fully
 * static program, which has no symbols at run time.
 */
#ifndef AT_BASE_SYMBOLS_H
#define AT_BASE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

/* True if libc is part of the program itself. */
extern const bool at_symbols_are_static __attribute__((visibility("hidden")));

/* Return the first definition of `name` in the process, or NULL. With glibc, this function does not
   allocate, take a lock or call the dynamic linker. */
void *at_symbol(const char *name);

/* Return the index of the first of `n` names under which the object that contains `function`
   exports it, or `n` if there is none. Lock-free: may be called inside an allocation. */
size_t at_symbol_find_name(const void *function, const char *const *names, size_t n);

/* Return the first definition of `name` in the objects after the one with this library, or NULL. */
void *at_symbol_next(const char *name);

#endif
