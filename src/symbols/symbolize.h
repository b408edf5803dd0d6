/* SPDX-License-Identifier: MIT */
/*
 * From code addresses to functions, files and lines: libbacktrace's debug information with inlined
 * frames, then its symbol table, then the loader's, then module and offset. No call of malloc, but
 * for a C++ name, which the C++ runtime demangles: the caller has suspended tracking.
 */
#ifndef AT_SYMBOLS_SYMBOLIZE_H
#define AT_SYMBOLS_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/module.h"

struct at_frame {
    char function[384]; /* demangled; "" where nothing is known */
    char file[512];     /* as at_source_path() shows it; "" without debug information */
    int line;           /* 0 without debug information */
    char module[256];   /* base name of the object file */
    uintptr_t offset;   /* of the address in that file */
    enum at_owner owner;
    bool program;     /* in the executable itself, not in a library */
    bool pressing;    /* of the note: report it even where other frames have lines */
    const char *note; /* why lines or inlined functions are missing, see at_debug_note(), or NULL */
};

/* The frames at `address`, an address inside a call, innermost inlined one first; at least one. The
   code is that of then, see loaded.h, or of epoch 0 what is loaded now. Of code that is not the
   user's only the names that its object exports are looked for. */
size_t at_symbolize(uintptr_t address, uint32_t epoch, struct at_frame *frames, size_t max);

/* Fill in the note of the outermost of these frames. It reads the object's file: for a report only.
 */
void at_symbolize_note(uintptr_t address, uint32_t epoch, struct at_frame *outer);

/* Fills in the function of a frame that has none, if there is debug information for its object:
   that of libc, where it is installed, takes a tenth of a second to read. */
void at_symbolize_name(uintptr_t address, uint32_t epoch, struct at_frame *frame);

/* Return the program's path, as it was at the start; "" if it is not known. */
const char *at_symbolize_program(void);

/* Read the debug information of the user's objects now: files may not be readable when it is
 * needed. */
void at_symbolize_prepare(void);

/* Show a function under another name, in messages, results and to suppressions. There are
   AT_ALIASES of them, by number, each replaced by the next call. A name that is too long is not
   renamed. */
enum { AT_ALIASES = 2 };
void at_symbolize_rename(size_t number, const char *function, const char *shown);

/* Asks, once, what the program is called. */
void at_symbolize_start(void);

#endif
