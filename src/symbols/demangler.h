/* SPDX-License-Identifier: MIT */
/*
 * The C++ demangler: demangler.c where gcc's C++ runtime is installed when this library is built,
 * demangler_none.c elsewhere.
 */
#ifndef AT_SYMBOLS_DEMANGLER_H
#define AT_SYMBOLS_DEMANGLER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write the readable form of `mangled` to `out`, cut to `size - 1` bytes and ended by NUL. Return
 * false if `mangled` is not a mangled C++ name, or if there is no demangler. No allocation, no
 * lock, but much stack: see demangle.c.
 */
bool at_demangler_print(const char *mangled, char *out, size_t size);

#endif
