/* SPDX-License-Identifier: MIT */
/*
 * Can a program be measured by preloading a library into it? Found out from its file, before it is
 * started, because the loader drops LD_PRELOAD in silence. No allocation.
 */
#ifndef AT_PRELOAD_INSPECT_H
#define AT_PRELOAD_INSPECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum at_measurability {
    AT_PRELOAD_MEASURABLE = 0,
    AT_PRELOAD_UNMEASURABLE,   /* it would run, unmeasured */
    AT_PRELOAD_NOT_EXECUTABLE, /* errno says why */
    AT_PRELOAD_NOT_FOUND,
};

/* Tells of the file `path`; of a script, of its interpreter. An unmeasurable one's reason, with the
   remedy where there is one, goes to `reason`. */
enum at_measurability at_inspect(const char *path, char *reason, size_t size);

/* Where execvp() would find `name` in the directories `path` (NULL: the usual ones). False if it
   would not. */
bool at_inspect_find(const char *name, const char *path, char out[PATH_MAX]);

#endif
