/* SPDX-License-Identifier: MIT */
/*
 * The patterns of suppressions: '*' stands for any characters, also none, and '?' for one.
 */
#ifndef AT_GUARD_GLOB_H
#define AT_GUARD_GLOB_H

#include <stdbool.h>

/* Return true if the whole of `text` matches. */
bool at_glob_matches(const char *glob, const char *text);

/* Return true if the function's name matches: "void ns::trace<int>(int) const" as a whole, without
   its type, or without its type and from its parameters on. */
bool at_glob_matches_function(const char *glob, const char *name);

/* Return true if the path matches from the beginning of any of its components to the end. */
bool at_glob_matches_file(const char *glob, const char *path);

#endif
