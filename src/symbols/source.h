/* SPDX-License-Identifier: MIT */
/*
 * Source files as a message shows them: short paths, and the text of one line.
 */
#ifndef AT_SYMBOLS_SOURCE_H
#define AT_SYMBOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies `path` to `out` without "." and ".." components, and relative to the working directory
 * where that is shorter. Cut to `size - 1` bytes. No allocation.
 */
void at_source_path(const char *path, char *out, size_t size);

/* From here on no file is looked for: paths are relative to what is the working directory now, and
   names that are relative stay as they are. */
void at_source_keep_directory(void);

/*
 * The same for a file named in the debug information or __FILE__ of the object file `object` (NULL:
 * the program). A relative name is relative to where the compiler ran: tried are the working
 * directory, then the directories above the object file; where none has it, the name stays.
 */
void at_source_find(const char *path, const char *object, char *out, size_t size);

/*
 * Copies line `line` (from 1) of the file, without its indentation and with control characters
 * blanked, to `out`; cut to `size - 1` bytes. False where it cannot be read. No allocation.
 */
bool at_source_line(const char *path, int line, char *out, size_t size);

/* Does the file belong to the compiler or the system rather than to the user's program? */
bool at_source_is_system(const char *path);

#endif
