/* SPDX-License-Identifier: MIT */
/*
 * Notes for messages: why code has no file and line although its object may have debug information,
 * or why it has lines but no inlined functions, with a remedy.
 */
#ifndef AT_SYMBOLS_DEBUG_NOTE_H
#define AT_SYMBOLS_DEBUG_NOTE_H

#include <stddef.h>

enum { AT_DEBUG_NOTE_SIZE = 400 };

struct at_debug_notes {
    char unreadable[AT_DEBUG_NOTE_SIZE]; /* there is debug information, but it cannot be read */
    char absent[AT_DEBUG_NOTE_SIZE]; /* there is none, although it may have been compiled with -g */
    char partial[AT_DEBUG_NOTE_SIZE]; /* lines are known, inlined functions are not */
};

/*
 * Fill in the notes, each a sentence in parentheses, or "" if there is nothing to report. `path` is
 * the object's file, "" for the program's own. `name` is its name in messages. `error` is
 * libbacktrace's error for the file, or "".
 */
void at_debug_notes_make(struct at_debug_notes *notes, const char *path, const char *name,
                         const char *error);

#endif
