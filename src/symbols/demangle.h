/* SPDX-License-Identifier: MIT */
/*
 * C++ names as a person writes them.
 */
#ifndef AT_SYMBOLS_DEMANGLE_H
#define AT_SYMBOLS_DEMANGLE_H

#include <stddef.h>

/*
 * Copy `name`, without the suffix of a compiler's clone (".cold", ".part.0", ".constprop.0"), to
 * `out`, cut to `size - 1` bytes. A mangled C++ name becomes readable, with std::string under that
 * name and without default allocators. Other languages' names are left as they are. No allocation.
 */
void at_demangle(const char *name, char *out, size_t size);

/* Shorten a readable name in place. */
void at_demangle_shorten(char *name);

/* Return the length of `name` without the suffix of a compiler's clone. */
size_t at_demangle_base_length(const char *name);

#endif
