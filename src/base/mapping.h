/* SPDX-License-Identifier: MIT */
/*
 * Where the dynamic loader has mapped an object: the program itself or a shared library.
 *
 * No allocation, and no lock where glibc's _dl_find_object() exists (2.35 and later), so a search
 * may run inside an allocation. Elsewhere dl_iterate_phdr() does the search.
 */
#ifndef AT_BASE_MAPPING_H
#define AT_BASE_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

struct at_mapping {
    const char *path; /* as the loader knows it, "" for the program; valid while it is loaded */
    uintptr_t base;   /* load address: an address less `base` is one of the file's symbol table */
    uintptr_t start;
    uintptr_t end;
};

/* Find the object that is mapped at `address`. Return false, with `*mapping` as it was, if no
   object is, as in generated code. */
bool at_mapping_find(uintptr_t address, struct at_mapping *mapping);

/* Return true if `address` is part of the object. An all-zero mapping contains no address. */
static inline bool at_mapping_contains(const struct at_mapping *mapping, uintptr_t address)
{
    return address - mapping->start < mapping->end - mapping->start;
}

#endif
