/* SPDX-License-Identifier: MIT */
/*
 * A file that is there as a whole: the old one or the new one, whenever the process or the machine
 * stops.
 */
#ifndef AT_BASE_REPLACE_H
#define AT_BASE_REPLACE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Makes `text` the content of the file `path`: written to a temporary file beside it, flushed to
 * the disk, renamed. A symbolic link stays one, and its target is replaced; what is no regular file
 * (a terminal, a pipe, /dev/null) is written to; "-" is standard output. Return false with errno
 * set on failure: then the old file is unchanged. Uses no malloc. Thread-safe.
 */
bool at_replace_file(const char *path, const struct at_text *text);

/* Writes all of it, past interruptions and partial writes; false with errno set if that failed. */
bool at_write_all(int fd, const struct at_text *text);

#endif
