/* SPDX-License-Identifier: MIT */
/* See mapping.h. */
#define _GNU_SOURCE
#include "base/mapping.h"

#include <dlfcn.h>
#include <link.h>

#if defined(DLFO_STRUCT_HAS_EH_DBASE)

bool at_mapping_find(uintptr_t address, struct at_mapping *mapping)
{
    struct dl_find_object found;
    if (_dl_find_object((void *) address, &found) != 0)
        return false;
    const char *path = found.dlfo_link_map->l_name;
    mapping->path = path ? path : "";
    mapping->base = found.dlfo_link_map->l_addr;
    mapping->start = (uintptr_t) found.dlfo_map_start;
    mapping->end = (uintptr_t) found.dlfo_map_end;
    return true;
}

#else

struct search {
    uintptr_t address;
    struct at_mapping *mapping;
    bool past_program; /* the program comes first, and musl gives argv[0] as its name */
};

static int search_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    struct search *search = arg;
    struct at_mapping mapping = { .base = info->dlpi_addr, .start = UINTPTR_MAX };
    mapping.path = search->past_program && info->dlpi_name ? info->dlpi_name : "";
    search->past_program = true;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD)
            continue;
        if (start < mapping.start)
            mapping.start = start;
        if (start + header->p_memsz > mapping.end)
            mapping.end = start + header->p_memsz;
    }
    if (mapping.end == 0 || !at_mapping_contains(&mapping, search->address))
        return 0;
    *search->mapping = mapping;
    return 1;
}

bool at_mapping_find(uintptr_t address, struct at_mapping *mapping)
{
    struct search search = { .address = address, .mapping = mapping };
    return dl_iterate_phdr(search_object, &search) == 1;
}

#endif
