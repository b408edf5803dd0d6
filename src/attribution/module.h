/* SPDX-License-Identifier: MIT */
/*
 * Whose code an address belongs to. No allocation, so a search may run inside one: see
 * base/mapping.h.
 */
#ifndef AT_ATTRIBUTION_MODULE_H
#define AT_ATTRIBUTION_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/capture.h"

enum at_owner {
    AT_OWNER_USER = 0,  /* the program and the libraries it is about */
    AT_OWNER_RUNTIME,   /* libc, the loader, the C++ and compiler runtimes: works for its caller */
    AT_OWNER_NEUTRAL,   /* used by a test framework, perhaps by the user: works for its caller */
    AT_OWNER_FRAMEWORK, /* a test framework: its allocations are not counted */
};

struct at_module {
    const char *path; /* as the loader knows it, "" for the program itself; lives as long as it */
    uintptr_t base;   /* load address: `address - base` is what the file's symbols say */
    uintptr_t start;
    uintptr_t end;
    enum at_owner owner;
    bool loader;     /* ld.so itself */
    bool program;    /* the program itself, not a library */
    bool gone;       /* not in this process, or not any more: see loaded.h and foreign.h */
    bool unreadable; /* its file is not there any more */
};

/* A name of modules: the beginning of a file's base name, up to before its version: "libc.". */
struct at_module_name {
    const char *prefix;
    enum at_owner owner;
};

/* Names of modules that another room knows, those of a test framework for example. */
struct at_module_names {
    const struct at_module_name *names;
    size_t n_names;
    const struct at_module_names *next; /* set by at_module_add_names() */
};

/*
 * From now on, find the owners of modules by `names` too. `names` must live as long as the process.
 * Owners are remembered for each caller and call site: call this function before tracking begins.
 * May be called in a constructor; lock-free, without allocation.
 */
void at_module_add_names(struct at_module_names *names);

/* False where no loaded object holds `address`, as in generated code. */
bool at_module_find(uintptr_t address, struct at_module *module);

/*
 * Is the allocation with this stack to be counted for the user's code? The innermost frame that
 * does not merely work for its caller decides. Without such a frame the allocation is counted,
 * unless one of the frames is of a neutral module, or the loader resolved a symbol for itself.
 */
bool at_attribution_counts(const uintptr_t *frames, size_t n_frames);

/* The same, told from as few frames as decide it: `caller` is where the user's stack ends. */
bool at_attribution_counts_caller(const void *caller);

/* Return how a captured stack ends: `end`, or, if that is AT_STACK_LOST, the reason why the caller
   of the outermost frame `last` is unknown. Call this in the process that captured the stack. */
enum at_stack_end at_module_stack_end(enum at_stack_end end, uintptr_t last);

extern struct at_module at_module_loader;

/* Does the loader itself call from there? Asked of every call that is tracked. */
static inline bool at_module_is_loader(const void *caller)
{
    return (uintptr_t) caller - at_module_loader.start
           < at_module_loader.end - at_module_loader.start;
}

/* Looks up, once, what cannot be looked up inside an allocation. */
void at_module_start(void);

#endif
