/* SPDX-License-Identifier: MIT */
/*
 * Can a program be measured by preloading a library into it? The file of the program is inspected
 * before the program starts, because the loader ignores LD_PRELOAD without a message. Uses no
 * malloc.
 */
#ifndef AT_PRELOAD_INSPECT_H
#define AT_PRELOAD_INSPECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum at_measurability {
    AT_PRELOAD_MEASURABLE = 0,
    AT_PRELOAD_UNMEASURABLE,   /* the program would run, but would not be measured */
    AT_PRELOAD_NOT_EXECUTABLE, /* with errno */
    AT_PRELOAD_NOT_FOUND,
};

/* Return whether the program `path` can be measured. For a script, the interpreter decides. For
   AT_PRELOAD_UNMEASURABLE, write the cause and the remedy to `reason`. */
enum at_measurability at_inspect(const char *path, char *reason, size_t size);

/* Find the file that execvp() executes for `name`, in the directories `path` (NULL: /bin and
   /usr/bin). Return false with errno set if there is none. */
bool at_inspect_find(const char *name, const char *path, char out[PATH_MAX]);

#endif
