/* SPDX-License-Identifier: MIT */
/*
 * Why code has no file and line although its object may have debug information, or no inlined
 * functions although it has lines; with the remedy.
 */
#ifndef AT_SYMBOLS_DEBUG_NOTE_H
#define AT_SYMBOLS_DEBUG_NOTE_H

#include <stddef.h>

enum { AT_DEBUG_NOTE_SIZE = 400 };

struct at_debug_notes {
    char unreadable[AT_DEBUG_NOTE_SIZE]; /* there is debug information, but it cannot be read */
    char absent[AT_DEBUG_NOTE_SIZE];     /* there is none, for another reason than the compiler's */
    char partial[AT_DEBUG_NOTE_SIZE];    /* lines are known, inlined functions are not */
};

/*
 * Fill `notes`, each a sentence in parentheses, or "" where there is nothing to report. `path` is
 * the object's file, "" for the program's own; `name` is what messages call it; `error` is what the
 * reader of debug information complained of, or "".
 */
void at_debug_notes_make(struct at_debug_notes *notes, const char *path, const char *name,
                         const char *error);

#endif
