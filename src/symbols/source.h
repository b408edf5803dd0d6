/* SPDX-License-Identifier: MIT */
/*
 * Source files in messages: short paths, and the text of a line.
 */
#ifndef AT_SYMBOLS_SOURCE_H
#define AT_SYMBOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy `path` to `out`, cut to `size - 1` bytes, without "." and ".." components, and relative to
 * the working directory if that is shorter. No allocation.
 */
void at_source_path(const char *path, char *out, size_t size);

/* From now on do not search for files: paths are relative to the directory that is the working
   directory now, and relative names are not changed. */
void at_source_fix_directory(void);

/*
 * The same for a file that is named in the debug information, or by __FILE__, of the object file
 * `object` (NULL for the program). A relative name is relative to the directory in which the
 * compiler ran, which is unknown. The working directory is tried first, then the directories above
 * the object file. If no directory has the file, the name is not changed. Keeps errno.
 */
void at_source_find(const char *path, const char *object, char *out, size_t size);

/*
 * Copy line `line` (from 1) of the file to `out`, cut to `size - 1` bytes, without indentation and
 * with control characters replaced by spaces. Return false if it cannot be read. No allocation.
 * Keeps errno.
 */
bool at_source_line(const char *path, int line, char *out, size_t size);

/* Return true if the file belongs to the compiler or the system, not to the user's program. */
bool at_source_is_system(const char *path);

#endif
