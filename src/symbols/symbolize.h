/* SPDX-License-Identifier: MIT */
/*
 * Functions, files and lines of code addresses.
 *
 * The sources are tried in this order: the debug information with inlined functions, the symbol
 * table, the exported symbols, the module and the offset in it. No allocation by malloc, except in
 * the dynamic loader. The caller must have suspended tracking.
 */
#ifndef AT_SYMBOLS_SYMBOLIZE_H
#define AT_SYMBOLS_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/module.h"
#include "symbols/function_name.h"

struct at_frame {
    char function[AT_FUNCTION_NAME_SIZE]; /* demangled; "" if unknown */
    bool renamed;                         /* `function` is the name of at_symbolize_rename() */
    uintptr_t start;                      /* of a function of C++ that is not inlined, if `function`
                                             has no scope; else 0 */
    char file[512];                       /* from at_source_path(); "" without debug information */
    int line;                             /* 0 without debug information */
    char module[256];                     /* base name of the object file */
    const char *object; /* its path, "" if unknown; valid while the object is loaded */
    uintptr_t offset;   /* the address less the load address of the module */
    enum at_owner owner;
    bool program;   /* in the program itself, not in a library */
    bool important; /* the note belongs in a message even if other frames have lines */
    const char
        *note; /* why lines or inlined functions are missing, from at_debug_note(); or NULL */
};

/*
 * Fill in the frames at `address`, which is inside a call instruction, and return their number, at
 * least 1 and at most `max`. Inlined functions come first, the innermost one at the beginning.
 * `epoch` selects the code: see loaded.h. For code that is not the user's, only the exported
 * symbols are searched.
 */
size_t at_symbolize(uintptr_t address, uint32_t epoch, struct at_frame *frames, size_t max);

/* Fill in the note of the outermost of these frames. This reads the object's file, so call it only
   for a report. */
void at_symbolize_note(uintptr_t address, uint32_t epoch, struct at_frame *outer);

/* Fill in the function of a frame without a name from its object's debug information, if there is
   any. That of libc, where it is installed, takes 0.1 s to read. */
void at_symbolize_name(uintptr_t address, uint32_t epoch, struct at_frame *frame);

/* Return the program's path, as it was at the start, or "" if it is unknown. */
const char *at_symbolize_program(void);

/* Read the debug information of the user's objects now, because their files may not be readable
   when it is needed. */
void at_symbolize_prepare(void);

/* Show `function` as `shown` in messages and results, and to suppressions. `number` is below
   AT_ALIASES; a call replaces the alias of that number. A function whose name is too long is not
   renamed. */
enum { AT_ALIASES = 2 };
void at_symbolize_rename(size_t number, const char *function, const char *shown);

/* Store, once, the path of the program. */
void at_symbolize_start(void);

#endif
