/* SPDX-License-Identifier: MIT */
/*
 * Readable names of C++ functions.
 */
#ifndef AT_SYMBOLS_DEMANGLE_H
#define AT_SYMBOLS_DEMANGLE_H

#include <stddef.h>

/*
 * Copy `name` to `out`, cut to `size - 1` bytes, without the suffix of a copy of the function that
 * the compiler made (".cold", ".part.0", ".constprop.0"). A mangled C++ name is demangled and
 * shortened; see at_demangle_shorten(). Other names are not changed. No allocation.
 */
void at_demangle(const char *name, char *out, size_t size);

/* Shorten a demangled name in place: write std::string under that name, and remove the arguments
   for default allocators. */
void at_demangle_shorten(char *name);

/* Return the length of `name` without the suffixes that at_demangle() removes. */
size_t at_demangle_base_length(const char *name);

#endif
