/* SPDX-License-Identifier: MIT */
/*
 * Lines of source files for results. Each file is read once, so that a run with thousands of call
 * sites reads few files. Memory comes from pages of our own (base/pages.h). Not thread-safe.
 */
#ifndef AT_SYMBOLS_SOURCE_LINES_H
#define AT_SYMBOLS_SOURCE_LINES_H

#include "base/intern.h"

enum { AT_SOURCE_MAX = 200 }; /* bytes of a line */

/* A zero-initialised set is empty and valid. Release it with at_source_lines_free(). */
struct at_source_lines {
    struct at_intern paths;
    struct at_text files; /* struct file, by number of path */
    size_t bytes;         /* of all files that were read */
    char line[AT_SOURCE_MAX + 1];
};

/*
 * Return the text of line `line` (from 1) of a file: valid UTF-8 without white space at both ends,
 * with one space for each other run of white space and control characters, cut to AT_SOURCE_MAX
 * bytes at a character boundary. U+FFFD replaces each byte that is not UTF-8.
 *
 * Return NULL if the line is blank, if the file cannot be read, or if it is newer than the object
 * file `object`: its lines may have been others when the object file was made. The text is valid
 * until the next call.
 */
const char *at_source_lines_get(struct at_source_lines *lines, const char *path, const char *object,
                                int line);

void at_source_lines_free(struct at_source_lines *lines);

#endif
