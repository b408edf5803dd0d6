/* SPDX-License-Identifier: MIT */
/*
 * Suppressions: allocations in third-party code that you accept.
 *
 *     at_suppress("function:log_*");         a function in the stack
 *     at_suppress("file:src/logging/log.c"); a source file in the stack
 *     at_suppress("module:libfoo.so*");      a program or library in the stack
 *
 * If a frame of an allocation's stack matches a pattern, regions count the allocation only in
 * `permitted`, like an allocation inside a permit (see <alloc_tracker/permit.h>). The counters of
 * the thread and of the process count it as usual.
 *
 * In a pattern, `*` matches any number of characters, and `?` matches one character. Write the
 * name of a function as in the source code. The parameters of a C++ function may be left out. A
 * pattern for a file matches the last components of the path, so the first directories may be
 * missing.
 */
#ifndef ALLOC_TRACKER_SUPPRESS_H
#define ALLOC_TRACKER_SUPPRESS_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/status.h>

AT_BEGIN_DECLS

/*
 * Add a pattern for the rest of the process. It also applies to call sites that have allocated
 * before. `pattern` is copied. It must be "function:", "file:" or "module:", followed by at least
 * one character.
 *
 * Return AT_OK, AT_ERROR_INVALID_ARGUMENT if `pattern` has another form, or AT_ERROR_NO_MEMORY if
 * the kernel refuses memory.
 *
 * Thread-safe. Not inside an allocation.
 */
AT_API enum at_status at_suppress(const char *pattern);

/*
 * Return true if `pattern` was added with the same spelling, and has matched an allocation or a
 * release since.
 *
 * Thread-safe. May be called inside an allocation.
 */
AT_API bool at_suppress_is_used(const char *pattern);

AT_END_DECLS

#endif
