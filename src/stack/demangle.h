/* SPDX-License-Identifier: MIT */
/*
 * C++ names as a person writes them.
 */
#ifndef AT_STACK_DEMANGLE_H
#define AT_STACK_DEMANGLE_H

#include <stddef.h>

/*
 * Copies `name` to `out`, demangled where it is a mangled C++ name and a C++ runtime is loaded,
 * with std::string under that name and without default allocators. Cut to `size - 1` bytes. The
 * runtime allocates meanwhile: the caller has suspended tracking.
 */
void at_demangle(const char *name, char *out, size_t size);

/* The second half alone: shortens a readable name in place. */
void at_demangle_shorten(char *name);

#endif
