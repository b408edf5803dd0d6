/* SPDX-License-Identifier: MIT */
/*
 * The ELF objects that the dynamic loader has mapped, and what each of them defines.
 *
 * This reads the loader's own list and the objects' symbol tables. Nothing here calls a function,
 * allocates or takes a lock, so a program that replaces dlsym(), or any other function, is not
 * asked, and a name that does not exist leaves no message for dlerror(). The list must not shrink
 * meanwhile: use this before other threads can call dlclose().
 *
 * glibc only. Elsewhere, and in a fully static program, there are no objects.
 */
#ifndef AT_BASE_OBJECT_H
#define AT_BASE_OBJECT_H

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_object {
    const struct link_map *map;
    const ElfW(Sym) * symbols;
    const char *strings;
    const char *soname;       /* NULL if it has none, as the program itself */
    const uint16_t *versions; /* NULL if the object has no versions */
    const uint32_t *gnu_hash; /* one of the two tables may be NULL */
    const uint32_t *sysv_hash;
};

/* Find the program itself, which is the first object. Return false if there is no list. */
bool at_object_first(struct at_object *object);

/* Go on to the next object, in the order in which the loader searches those that were loaded at
   start. Return false, and leave `object` as it is, after the last one. */
bool at_object_next(struct at_object *object);

/* Find the object that contains this library: the program, or the preloaded object. */
bool at_object_own(struct at_object *object);

/* Find the object that holds `address`. Lock-free, so it may run inside an allocation, and while
   other threads load and unload objects. */
bool at_object_around(struct at_object *object, const void *address);

/* Find the C library. */
bool at_object_libc(struct at_object *object);

/* Return the address of the symbol that `object` itself defines under `name`, in its default
   version, or NULL. An indirect function is resolved on x86 and aarch64, and not found elsewhere.
   Thread-local variables are not found. */
void *at_object_symbol(const struct at_object *object, const char *name);

/* Return the size in bytes of what `object` itself defines under `name`, 0 if it defines nothing.
 */
size_t at_object_symbol_size(const struct at_object *object, const char *name);

/* Return the first definition of `name` in the objects that come after `object`, or NULL. */
void *at_object_symbol_after(const struct at_object *object, const char *name);

#endif
