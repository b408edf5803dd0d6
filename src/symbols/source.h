/* SPDX-License-Identifier: MIT */
/*
 * Source files in messages: short paths, and the text of a line.
 */
#ifndef AT_SYMBOLS_SOURCE_H
#define AT_SYMBOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* When a file was changed. Zero: unknown. */
struct at_source_time {
    int64_t seconds;
    int64_t nanoseconds;
};

/* Get when the file was changed; unknown if there is no such file. */
void at_source_time_get(const char *path, struct at_source_time *time);

/* Return whether both times are known and the file was changed after the object file. */
bool at_source_time_is_after(const struct at_source_time *file,
                             const struct at_source_time *object);

/* Open a regular file with a path of at_source_path() for reading. Return -1 if that fails. */
int at_source_open(const char *path);

/*
 * Copy line `line` (from 1) of the file to `out`, cut to `size - 1` bytes, without indentation and
 * with control characters replaced by spaces. Return false if the line cannot be read, or if the
 * file is newer than the object file `object`: its lines may have been others when the object file
 * was made. No allocation. Keeps errno.
 */
bool at_source_line(const char *path, const char *object, int line, char *out, size_t size);

/* Return true if the file belongs to the compiler or the system, not to the user's program. */
bool at_source_is_system(const char *path);

/* Return true if the file is a header of a C++ standard library, in any directory. */
bool at_source_is_cpp_library(const char *path);

#endif
