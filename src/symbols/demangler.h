/* SPDX-License-Identifier: MIT */
/*
 * The C++ demangler. Two files implement this header: demangler.c, if gcc's C++ runtime is
 * installed when this library is built, else demangler_none.c.
 */
#ifndef AT_SYMBOLS_DEMANGLER_H
#define AT_SYMBOLS_DEMANGLER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write the demangled form of `mangled` to `out`, cut to `size - 1` bytes and NUL-terminated.
 * Return false if `mangled` is not a mangled C++ name, or if there is no demangler. No allocation,
 * no lock, but it needs much stack: see demangle.c.
 */
bool at_demangler_print(const char *mangled, char *out, size_t size);

#endif
