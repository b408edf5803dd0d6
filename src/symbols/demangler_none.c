/* SPDX-License-Identifier: MIT */
/* See demangler.h: C++ names stay mangled. */
#include "symbols/demangler.h"

bool at_demangler_print(const char *mangled, char *out, size_t size)
{
    (void) mangled;
    (void) out;
    (void) size;
    return false;
}
