/* SPDX-License-Identifier: MIT */
/*
 * Modules: the program and its loaded libraries, and to whom their code belongs. A search by
 * address does not allocate, so it may run inside an allocation: see base/mapping.h.
 */
#ifndef AT_ATTRIBUTION_MODULE_H
#define AT_ATTRIBUTION_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/capture.h"

enum at_owner {
    AT_OWNER_USER = 0,  /* the program and all libraries that are not below */
    AT_OWNER_RUNTIME,   /* libc, the loader, the C++ and compiler runtimes: allocate for a caller */
    AT_OWNER_NEUTRAL,   /* used by a test framework, perhaps by the user: allocate for a caller */
    AT_OWNER_FRAMEWORK, /* a test framework: its allocations are not counted */
};

struct at_module {
    const char *path; /* as the loader knows it, "" for the program; valid while it is loaded */
    uintptr_t base;   /* load address: `address - base` is an address of the file's symbol table */
    uintptr_t start;
    uintptr_t end;
    enum at_owner owner;
    bool loader;     /* ld.so itself */
    bool program;    /* the program itself, not a library */
    bool gone;       /* of another process (foreign.h), or unloaded (loaded.h) */
    bool unreadable; /* its file cannot be read or is another object now */
};

/* A name of modules: the beginning of a file's base name, without the version: "libc.". */
struct at_module_name {
    const char *prefix;
    enum at_owner owner;
};

/* Names of modules that another room knows, for example those of a test framework. */
struct at_module_names {
    const struct at_module_name *names;
    size_t n_names;
    const struct at_module_names *next; /* set by at_module_add_names() */
};

/*
 * From now on, find the owners of modules by `names` too. `names` must live as long as the process.
 * Owners are stored for each caller and call site, so call this function before tracking begins.
 * May be called in a constructor. Lock-free, no allocation.
 */
void at_module_add_names(struct at_module_names *names);

/* Return true if `address` is part of the module. An all-zero module contains no address. */
static inline bool at_module_contains(const struct at_module *module, uintptr_t address)
{
    return address - module->start < module->end - module->start;
}

/* Find the loaded object that contains `address`. Return false if there is none, as for generated
   code. */
bool at_module_find(uintptr_t address, struct at_module *module);

/*
 * Return true if an allocation with this stack is counted for the user's code. The innermost frame
 * of the user or of a test framework decides. If there is none, the allocation is counted, unless a
 * frame is of a neutral module. An allocation of the loader for a lazy symbol binding is never
 * counted.
 */
bool at_attribution_counts(const uintptr_t *frames, size_t n_frames);

/* The same for the calling thread's stack from `caller` on (see at_stack_capture()). No more frames
   are captured than are needed. */
bool at_attribution_counts_caller(const void *caller);

/* Return how a captured stack ends: `end`, or, if that is AT_STACK_LOST, the reason why the caller
   of the outermost frame `last` is unknown. Call this in the process that captured the stack. */
enum at_stack_end at_module_stack_end(enum at_stack_end end, uintptr_t last);

extern struct at_module at_module_loader; /* the dynamic loader; all-zero if unknown */

/* Return true if `caller` is code of the loader. Called for each release. */
static inline bool at_module_is_loader(const void *caller)
{
    return at_module_contains(&at_module_loader, (uintptr_t) caller);
}

/* Look up, once, the symbols that cannot be looked up inside an allocation. */
void at_module_start(void);

#endif
