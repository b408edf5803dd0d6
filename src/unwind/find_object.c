/* SPDX-License-Identifier: MIT */
/*
 * For a libgcc that was built for glibc and is linked with another libc, as Debian's musl-gcc does:
 * it finds its tables with glibc's _dl_find_object(), which is given to it here. The structure is
 * glibc's (dlfcn.h, 2.35), which libgcc has compiled in.
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

static int visit(struct dl_phdr_info *info, size_t size, void *arg)
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
    return dl_iterate_phdr(visit, &search) == 1 && found->eh_frame ? 0 : -1;
}
