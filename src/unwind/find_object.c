/* SPDX-License-Identifier: MIT */
/*
 * _dl_find_object() for a libgcc that was built for glibc and is linked with another libc, as
 * Debian's musl-gcc does. Such a libgcc finds its unwind tables with this function of glibc. The
 * structure is that of glibc 2.35 (dlfcn.h), because libgcc was compiled with it.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>

struct dl_find_object {
    unsigned long long flags;
    void *map_start;
    void *map_end;
    struct link_map *link_map;
    void *eh_frame;
#ifndef __x86_64__
    void *eh_dbase;
#endif
    unsigned long long reserved[7];
};

struct search {
    uintptr_t address;
    struct dl_find_object *found;
};

int _dl_find_object(void *address, struct dl_find_object *found);

static int search_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    struct search *search = arg;
    struct dl_find_object object = { 0 };
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && search->address - start < header->p_memsz) {
            object.map_start = (void *) start;
            object.map_end = (void *) (start + header->p_memsz);
        } else if (header->p_type == PT_GNU_EH_FRAME) {
            object.eh_frame = (void *) start;
        }
    }
    if (!object.map_start)
        return 0;
    *search->found = object;
    return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found)
{
    struct search search = { .address = (uintptr_t) address, .found = found };
    return dl_iterate_phdr(search_object, &search) == 1 && found->eh_frame ? 0 : -1;
}
