/* SPDX-License-Identifier: MIT */
/*
 * Suppressions: allocations that are known, come from code that is not to be changed, and are to be
 * not counted for anybody.
 *
 *     at_suppress("function:log_*");         any frame's function
 *     at_suppress("file:src/logging/log.c"); any frame's source file
 *     at_suppress("module:libfoo.so*");      any frame's program or library
 *
 * What has such a frame in its stack counts as permitted in every region that captures call sites,
 * those of at_region_begin() included; see <alloc_tracker/permit.h>. In a pattern `*` stands for
 * any characters, also none, and `?` for one. A function is its name in the source, a C++ function
 * with or without its parameters; a pattern for a file matches whole components at the end of its
 * path, so that it may leave out the directories in front.
 */
#ifndef ALLOC_TRACKER_SUPPRESS_H
#define ALLOC_TRACKER_SUPPRESS_H

#include <stdbool.h>

#include <alloc_tracker/attributes.h>
#include <alloc_tracker/status.h>

AT_BEGIN_DECLS

/*
 * Adds a pattern for the rest of the process's life; the string is copied. Call sites are looked
 * at anew. Answers AT_ERROR_INVALID_ARGUMENT for what does not read "function:", "file:" or
 * "module:" and at least one character, AT_ERROR_NO_MEMORY where the kernel refused memory.
 * Thread-safe. Not inside an allocation.
 */
AT_API enum at_status at_suppress(const char *pattern);

/* Has a pattern that was added, spelled the same, matched an allocation or a release yet? False for
   any other. Thread-safe. */
AT_API bool at_suppress_is_used(const char *pattern);

AT_END_DECLS

#endif
