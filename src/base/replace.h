/* SPDX-License-Identifier: MIT */
/*
 * Replacing a file as a whole: whenever the process or the machine stops, the file has either its
 * old content or the new one.
 */
#ifndef AT_BASE_REPLACE_H
#define AT_BASE_REPLACE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Replace the content of the file `path` by `text`. The text is written to a temporary file in the
 * same directory, flushed to the disk, and renamed. If `path` is a symbolic link, its target is
 * replaced. If `path` is not a regular file (a terminal, a pipe, /dev/null), the text is written to
 * it. "-" is standard output. Return false with errno set on failure: then the old file is
 * unchanged. Uses no malloc. Thread-safe.
 */
bool at_replace_file(const char *path, const struct at_text *text);

/* Write the whole text to `fd`; repeat interrupted and partial writes. Return false with errno set
   on failure. */
bool at_write_all(int fd, const struct at_text *text);

#endif
