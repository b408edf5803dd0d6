/* SPDX-License-Identifier: MIT */
/*
 * Debug information of one module at a time, read by libbacktrace.
 *
 * At its first query libbacktrace reads the debug information of every loaded object. That of libc,
 * where it is installed, takes longer than everything else. So libbacktrace here sees only the
 * object that a query is about.
 */
#ifndef AT_SYMBOLS_DEBUG_INFO_H
#define AT_SYMBOLS_DEBUG_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include <backtrace.h>

#include "attribution/module.h"

/* Call backtrace_pcinfo() or backtrace_syminfo() for an address in `module`. Errors are not
   reported. at_debug_symbol() returns false if the module's symbol table cannot be read.
   Thread-safe. */
int at_debug_lines(const struct at_module *module, uintptr_t address,
                   backtrace_full_callback callback, void *data);
bool at_debug_symbol(const struct at_module *module, uintptr_t address,
                     backtrace_syminfo_callback callback, void *data);

/*
 * Return the reason why code of `module` has no file and line or, if `has_line`, why its inlined
 * functions are unknown. Return NULL if the module was only compiled without -g. Set `*important`
 * if a message must contain the reason even if other frames have lines. `name` is the module's name
 * in messages. The sentence is valid for ever. Call this after at_debug_lines().
 */
const char *at_debug_note(const struct at_module *module, const char *name, bool has_line,
                          bool *important);

#endif
