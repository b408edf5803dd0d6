/* SPDX-License-Identifier: MIT */
/*
 * libbacktrace, one module at a time. Left to itself it reads the debug information of every loaded
 * object at its first question, libc's too, which where it is installed takes longer than all else;
 * so it is shown only the object that the question is about.
 */
#ifndef AT_SYMBOLS_DEBUG_INFO_H
#define AT_SYMBOLS_DEBUG_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include <backtrace.h>

#include "attribution/module.h"

/* As backtrace_pcinfo() and backtrace_syminfo(), for an address in `module`; errors are silent. The
   latter is false where the module's symbols cannot be read. */
int at_debug_lines(const struct at_module *module, uintptr_t address,
                   backtrace_full_callback callback, void *data);
bool at_debug_symbol(const struct at_module *module, uintptr_t address,
                     backtrace_syminfo_callback callback, void *data);

/*
 * Return why code of `module` has no file and line, or, if it is `lined`, why its inlined functions
 * are not known; NULL if the module was just compiled without -g. `*pressing`: report it even where
 * other frames have lines. `name` is what messages call the module. The sentence is valid for ever.
 * To be called after at_debug_lines().
 */
const char *at_debug_note(const struct at_module *module, const char *name, bool lined,
                          bool *pressing);

#endif
