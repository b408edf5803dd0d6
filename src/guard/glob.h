/* SPDX-License-Identifier: MIT */
/*
 * The patterns of suppressions: '*' matches any number of characters, and '?' matches one.
 */
#ifndef AT_GUARD_GLOB_H
#define AT_GUARD_GLOB_H

#include <stdbool.h>

/* Return true if the whole of `text` matches. */
bool at_glob_matches(const char *glob, const char *text);

/* Return true if a function's name matches: the whole of "void ns::trace<int>(int) const", the name
   without its type, or the name without type and parameters. */
bool at_glob_matches_function(const char *glob, const char *name);

/* Return true if the whole path matches, or its last components. */
bool at_glob_matches_file(const char *glob, const char *path);

#endif
