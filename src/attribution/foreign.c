/* SPDX-License-Identifier: MIT */
/* See foreign.h. */
#define _GNU_SOURCE
#include "attribution/foreign.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pages.h"

struct foreign {
    struct foreign *next;
    struct at_module module; /* with its addresses in this process */
    uint64_t identity;
    const unsigned char *file; /* mapped; NULL if it cannot be read or is another object */
    size_t size;
    const ElfW(Sym) * symbols; /* of exported functions and variables */
    size_t n_symbols;
    const char *strings;
    size_t strings_size;
    char path[];
};

/* The next free range begins here, above the addresses of all code. */
static uintptr_t next_start = (uintptr_t) 1 << (8 * sizeof(uintptr_t) - 2);
static struct foreign *all;

uint64_t at_module_identity(const void *start)
{
    const unsigned char *bytes = start;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    if (memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return 0;
    for (size_t i = 0; i < AT_IDENTITY_BYTES; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash ? hash : 1;
}

/* Return the bytes at `offset` of the file, or NULL if the file is shorter. */
static const void *file_part(const struct foreign *foreign, uint64_t offset, uint64_t size)
{
    return offset <= foreign->size && size <= foreign->size - offset ? foreign->file + offset
                                                                     : NULL;
}

/* Find the dynamic symbols. Every offset and size in the file is checked before use. */
static void find_symbols(struct foreign *foreign)
{
    const ElfW(Ehdr) *header = file_part(foreign, 0, sizeof *header);
    if (!header || header->e_shentsize != sizeof(ElfW(Shdr)))
        return;
    const ElfW(Shdr) *sections =
        file_part(foreign, header->e_shoff, (uint64_t) header->e_shnum * sizeof *sections);
    for (size_t i = 0; sections && i < header->e_shnum; i++) {
        if (sections[i].sh_type != SHT_DYNSYM || sections[i].sh_link >= header->e_shnum)
            continue;
        const ElfW(Shdr) *strings = &sections[sections[i].sh_link];
        foreign->symbols = file_part(foreign, sections[i].sh_offset, sections[i].sh_size);
        foreign->strings = file_part(foreign, strings->sh_offset, strings->sh_size);
        foreign->strings_size = strings->sh_size;
        if (foreign->symbols && foreign->strings && strings->sh_size
            && foreign->strings[strings->sh_size - 1] == '\0')
            foreign->n_symbols = sections[i].sh_size / sizeof *foreign->symbols;
        return;
    }
}

/* Return true if the file is still the object that the other process had loaded. */
static bool is_same_object(const struct foreign *foreign)
{
    unsigned char first[AT_IDENTITY_BYTES] = { 0 };
    memcpy(first, foreign->file, foreign->size < sizeof first ? foreign->size : sizeof first);
    return foreign->identity == 0 || at_module_identity(first) == foreign->identity;
}

static void map_file(struct foreign *foreign)
{
    int fd = open(foreign->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    void *file = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        file = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (file == MAP_FAILED)
        return;
    foreign->file = file;
    foreign->size = (size_t) status.st_size;
    if (is_same_object(foreign)) {
        find_symbols(foreign);
        return;
    }
    munmap(file, foreign->size);
    foreign->file = NULL;
}

static struct foreign *add_foreign(const struct at_module *module, uint64_t identity)
{
    size_t n = strlen(module->path) + 1;
    struct foreign *foreign = at_pages_new(sizeof *foreign + n);
    if (!foreign)
        return NULL;
    memcpy(foreign->path, module->path, n);
    foreign->module = *module;
    foreign->module.path = foreign->path;
    foreign->identity = identity;
    map_file(foreign);
    uintptr_t shift = next_start - module->start;
    uintptr_t size = module->end - module->start;
    foreign->module.base += shift;
    foreign->module.start += shift;
    foreign->module.end += shift;
    foreign->module.gone = true;
    foreign->module.unreadable = !foreign->file;
    next_start += (size + 0xFFFF) / 0x10000 * 0x10000 + 0x10000;
    foreign->next = all;
    return all = foreign;
}

bool at_foreign_add(const struct at_module *module, uint64_t identity, uintptr_t *shift)
{
    struct foreign *foreign = all;
    while (foreign
           && (foreign->identity != identity || foreign->module.program != module->program
               || foreign->module.end - foreign->module.start != module->end - module->start
               || strcmp(foreign->path, module->path) != 0))
        foreign = foreign->next;
    if (!foreign)
        foreign = add_foreign(module, identity);
    if (foreign)
        *shift = foreign->module.start - module->start;
    return foreign != NULL;
}

static const struct foreign *find_foreign(uintptr_t address)
{
    const struct foreign *foreign = all;
    while (foreign && !at_module_contains(&foreign->module, address))
        foreign = foreign->next;
    return foreign;
}

bool at_foreign_find(uintptr_t address, struct at_module *module)
{
    const struct foreign *foreign = find_foreign(address);
    if (foreign)
        *module = foreign->module;
    return foreign != NULL;
}

/* Choose as dladdr() does: the last function that begins at or before the address and contains it.
 */
const char *at_foreign_exported(uintptr_t address)
{
    const struct foreign *foreign = find_foreign(address);
    const ElfW(Sym) *best = NULL;
    for (size_t i = 0; foreign && i < foreign->n_symbols; i++) {
        const ElfW(Sym) *symbol = &foreign->symbols[i];
        uintptr_t offset = address - foreign->module.base;
        bool contains = symbol->st_shndx != SHN_UNDEF && symbol->st_value <= offset
                        && offset - symbol->st_value < (symbol->st_size ? symbol->st_size : 1)
                        && ELF64_ST_TYPE(symbol->st_info) != STT_TLS
                        && symbol->st_name < foreign->strings_size;
        if (contains && (!best || symbol->st_value > best->st_value))
            best = symbol;
    }
    return best ? foreign->strings + best->st_name : NULL;
}
