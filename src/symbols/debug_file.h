/* SPDX-License-Identifier: MIT */
/*
 * Separate debug files, as distributions install them: the file
 * /usr/lib/debug/.build-id/xx/yyy.debug for the build ID xxyyy, or the file that the section
 * .gnu_debuglink names. libbacktrace searches the same places.
 */
#ifndef AT_SYMBOLS_DEBUG_FILE_H
#define AT_SYMBOLS_DEBUG_FILE_H

#include <stdbool.h>

#include "symbols/elf_file.h"

/* Open the debug file of the object `elf`, whose file is `path` ("" for the program's own), by its
   build ID. Return false if there is none, or if it has another build ID. */
bool at_debug_file_open(struct at_elf *debug, const struct at_elf *elf, const char *path);

/* Open the file that .gnu_debuglink names. It may belong to another build. */
bool at_debug_file_open_linked(struct at_elf *debug, const struct at_elf *elf, const char *path);

/* Return the file name in .gnu_debuglink or .gnu_debugaltlink, or NULL. */
const char *at_debug_file_link(const struct at_elf *elf, const char *section);

/* Return whether .gnu_debuglink names the file by the build ID, as in a package of a distribution.
 */
bool at_debug_file_is_packaged(const struct at_elf *elf);

#endif
