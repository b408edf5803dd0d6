/* SPDX-License-Identifier: MIT */
/*
 * The ELF objects that the dynamic loader has mapped, and the symbols that each of them defines.
 *
 * The functions here read the loader's own list and the objects' symbol tables. They call no
 * function, do not allocate and take no lock. So a program that replaces dlsym() does not affect
 * them, and a search for an unknown name leaves no message for dlerror(). No object may be unloaded
 * during a call: use them before other threads can call dlclose().
 *
 * For glibc. With another libc, and in a fully static program, there are no objects.
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
    const char *soname;       /* NULL if it has none, as for the program itself */
    const uint16_t *versions; /* NULL if the object has no versions */
    const uint32_t *gnu_hash; /* this hash table, the next one or both may be NULL */
    const uint32_t *sysv_hash;
};

/* Find the program itself, which is the first object. Return false if there is no list. */
bool at_object_first(struct at_object *object);

/* Go to the next object. Objects that were loaded at start come in the order in which the loader
   searches them. Return false after the last one, with `*object` unchanged. */
bool at_object_next(struct at_object *object);

/* Find the object that contains this library: the program, or the preloaded object. */
bool at_object_own(struct at_object *object);

/* Find the object that contains `address`. Lock-free: may be called inside an allocation, and while
   other threads load and unload objects. */
bool at_object_around(struct at_object *object, const void *address);

/* Find the C library. */
bool at_object_libc(struct at_object *object);

/* Return the address of the symbol that `object` itself defines under `name`, in its default
   version, or NULL. An indirect function is resolved on x86 and aarch64, and not found elsewhere.
   Thread-local variables are not found. */
void *at_object_symbol(const struct at_object *object, const char *name);

/* Return the size in bytes of the symbol that `object` itself defines under `name`, or 0 if there
   is none. */
size_t at_object_symbol_size(const struct at_object *object, const char *name);

/* Return the first definition of `name` in the objects that come after `object`, or NULL. */
void *at_object_symbol_after(const struct at_object *object, const char *name);

#endif
