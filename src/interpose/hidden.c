/* SPDX-License-Identifier: MIT */
/* See hidden.h. The file is mapped by direct system calls, and only during the search. */
#define _GNU_SOURCE
#include "interpose/hidden.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/object.h"

enum { N_GET = AT_FORM_MALLOC + 1 };

/* By form. The release function of each is at the same index below. */
static const char *const gets[N_GET] = {
    "_Znwm",
    "_Znam",
    "_ZnwmRKSt9nothrow_t",
    "_ZnamRKSt9nothrow_t",
    "_ZnwmSt11align_val_t",
    "_ZnamSt11align_val_t",
    "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
    "malloc",
};
static const char *const releases[N_GET] = {
    "_ZdlPv",
    "_ZdaPv",
    "_ZdlPv",
    "_ZdaPv",
    "_ZdlPvSt11align_val_t",
    "_ZdaPvSt11align_val_t",
    "_ZdlPvSt11align_val_t",
    "_ZdaPvSt11align_val_t",
    "free",
};

struct file {
    const unsigned char *bytes;
    size_t size;
};

static const void *at_offset(const struct file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->bytes + offset : NULL;
}

static void note_symbol(struct at_way found[N_GET], const char *name, void *address)
{
    for (int form = 0; form < N_GET; form++) {
        if (strcmp(name, gets[form]) == 0)
            found[form].get = address;
        if (strcmp(name, releases[form]) == 0)
            found[form].put = address;
    }
}

static bool is_allocation_name(const char *name)
{
    return strncmp(name, "_Zn", 3) == 0 || strncmp(name, "_Zd", 3) == 0
           || strcmp(name, "malloc") == 0 || strcmp(name, "free") == 0;
}

static void read_symbols(const struct file *file, const ElfW(Shdr) * table,
                         const ElfW(Shdr) * names, uintptr_t base, struct at_way found[N_GET])
{
    const ElfW(Sym) *symbols = at_offset(file, table->sh_offset, table->sh_size);
    const char *strings = at_offset(file, names->sh_offset, names->sh_size);
    if (!symbols || !strings || names->sh_size == 0 || strings[names->sh_size - 1])
        return;
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC
            || symbol->st_name >= names->sh_size || !is_allocation_name(strings + symbol->st_name))
            continue;
        note_symbol(found, strings + symbol->st_name, (void *) (base + symbol->st_value));
    }
}

static void read_file(const struct file *file, uintptr_t base, struct at_way found[N_GET])
{
    const ElfW(Ehdr) *header = at_offset(file, 0, sizeof *header);
    if (!header || header->e_shentsize != sizeof(ElfW(Shdr)))
        return;
    const ElfW(Shdr) *sections =
        at_offset(file, header->e_shoff, (uint64_t) header->e_shnum * sizeof *sections);
    for (unsigned i = 0; sections && i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum)
            read_symbols(file, &sections[i], &sections[sections[i].sh_link], base, found);
}

static void read_program(uintptr_t base, struct at_way found[N_GET])
{
    int fd = (int) syscall(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    long size = syscall(SYS_lseek, fd, 0, SEEK_END);
    void *bytes = size > 0 ? mmap(NULL, (size_t) size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    syscall(SYS_close, fd);
    if (bytes == MAP_FAILED)
        return;
    struct file file = { bytes, (size_t) size };
    read_file(&file, base, found);
    munmap(bytes, (size_t) size);
}

size_t at_hidden_collect(struct at_way ways[AT_MAX_WAYS], size_t n)
{
    struct at_object program, own;
    if (!at_object_first(&program) || !at_object_own(&own) || program.map == own.map)
        return n;
    struct at_way found[N_GET] = { 0 };
    read_program(program.map->l_addr, found);
    for (int form = 0; form < N_GET && n < AT_MAX_WAYS; form++) {
        if (!found[form].get || at_object_symbol(&program, gets[form]))
            continue;
        ways[n] = found[form];
        ways[n].form = form;
        ways[n++].foreign = true;
    }
    return n;
}
