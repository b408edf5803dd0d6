/* SPDX-License-Identifier: MIT */
/* See elf_file.h. libbacktrace decompresses. Its function for zlib takes the format of a .zdebug
   section: "ZLIB", then the size in eight bytes, most significant byte first. */
#define _GNU_SOURCE
#include "symbols/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backtrace.h>

#include "base/pages.h"

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

enum { OLD_HEADER = 12 };

static const size_t max_unpacked = (size_t) 1 << 30;

/* Functions of libbacktrace that no public header declares. The first two return 1 on success. */
int backtrace_uncompress_zdebug(struct backtrace_state *state, const unsigned char *compressed,
                                size_t size, backtrace_error_callback on_error, void *data,
                                unsigned char **unpacked, size_t *unpacked_size);
int backtrace_uncompress_zstd(struct backtrace_state *state, const unsigned char *compressed,
                              size_t size, backtrace_error_callback on_error, void *data,
                              unsigned char *unpacked, size_t unpacked_size);
void *backtrace_alloc(struct backtrace_state *state, size_t size, backtrace_error_callback on_error,
                      void *data);
void backtrace_free(struct backtrace_state *state, void *memory, size_t size,
                    backtrace_error_callback on_error, void *data);

static void ignore_error(void *data, const char *message, int error)
{
    (void) data;
    (void) message;
    (void) error;
}

static bool map_file(struct at_elf *elf, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    errno = 0;
    if (!S_ISREG(status.st_mode) || status.st_size < (off_t) sizeof(ElfW(Ehdr)))
        return false;
    size_t size = (size_t) status.st_size;
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return false;
    elf->file = (struct at_bytes){ data, size };
    return true;
}

bool at_elf_open(struct at_elf *elf, const char *path)
{
    static const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    *elf = (struct at_elf){ .n_unpacked = 0 };
    int fd = open(path[0] ? path : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool mapped = map_file(elf, fd);
    int saved = errno;
    close(fd);
    errno = saved;
    if (!mapped)
        return false;
    const unsigned char *ident = elf->file.data;
    if (memcmp(ident, ELFMAG, SELFMAG) == 0 && ident[EI_CLASS] == class)
        return true;
    at_elf_close(elf);
    errno = 0;
    return false;
}

void at_elf_close(struct at_elf *elf)
{
    for (size_t i = 0; i < elf->n_unpacked; i++)
        backtrace_free(elf->state, (void *) elf->unpacked[i].data, elf->unpacked[i].size,
                       ignore_error, NULL);
    if (elf->file.data)
        munmap((void *) elf->file.data, elf->file.size);
    *elf = (struct at_elf){ .n_unpacked = 0 };
}

static const void *file_part(const struct at_bytes *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->data + offset : NULL;
}

/* Return the table of sections and their number, or NULL if the table is not aligned or not
   completely in the file. */
static const ElfW(Shdr) * find_sections(const struct at_elf *elf, size_t *n)
{
    const ElfW(Ehdr) *header = (const void *) elf->file.data;
    if (header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shoff % _Alignof(ElfW(Shdr)) != 0)
        return NULL;
    const ElfW(Shdr) *first = file_part(&elf->file, header->e_shoff, sizeof *first);
    if (!first || header->e_shoff == 0)
        return NULL;
    *n = header->e_shnum ? header->e_shnum : first->sh_size; /* 0: too many for the field */
    return *n <= elf->file.size / sizeof *first
               ? file_part(&elf->file, header->e_shoff, (uint64_t) *n * sizeof *first)
               : NULL;
}

static const ElfW(Shdr) * find_section(const struct at_elf *elf, const char *name)
{
    size_t n = 0;
    const ElfW(Shdr) *sections = find_sections(elf, &n);
    const ElfW(Ehdr) *header = (const void *) elf->file.data;
    size_t names_index = header->e_shstrndx;
    if (sections && names_index == SHN_XINDEX)
        names_index = sections[0].sh_link;
    if (!sections || names_index >= n)
        return NULL;
    const ElfW(Shdr) *strings = &sections[names_index];
    const char *names = file_part(&elf->file, strings->sh_offset, strings->sh_size);
    size_t length = strlen(name) + 1;
    for (size_t i = 1; names && i < n; i++) {
        const ElfW(Shdr) *section = &sections[i];
        if (section->sh_type != SHT_NOBITS && section->sh_name <= strings->sh_size
            && length <= strings->sh_size - section->sh_name
            && memcmp(names + section->sh_name, name, length) == 0)
            return section;
    }
    return NULL;
}

static enum at_compression compression_of(const ElfW(Shdr) * section, const unsigned char *data)
{
    ElfW(Chdr) header;
    if (!(section->sh_flags & SHF_COMPRESSED))
        return AT_COMPRESSION_NONE;
    if (section->sh_size < sizeof header)
        return AT_COMPRESSION_UNKNOWN;
    memcpy(&header, data, sizeof header);
    if (header.ch_type == ELFCOMPRESS_ZLIB)
        return AT_COMPRESSION_ZLIB;
    return header.ch_type == ELFCOMPRESS_ZSTD ? AT_COMPRESSION_ZSTD : AT_COMPRESSION_UNKNOWN;
}

struct at_bytes at_elf_section(const struct at_elf *elf, const char *name,
                               enum at_compression *compression)
{
    const ElfW(Shdr) *section = find_section(elf, name);
    const unsigned char *data =
        section ? file_part(&elf->file, section->sh_offset, section->sh_size) : NULL;
    *compression = data ? compression_of(section, data) : AT_COMPRESSION_NONE;
    return (struct at_bytes){ data, data ? section->sh_size : 0 };
}

static bool prepare_to_unpack(struct at_elf *elf, uint64_t size)
{
    if (!elf->state)
        elf->state = backtrace_create_state(NULL, 0, ignore_error, NULL);
    return elf->state && elf->n_unpacked < AT_ELF_MAX_UNPACKED && size > 0 && size <= max_unpacked;
}

/* Decompress a .zdebug section. */
static struct at_bytes unpack_old(struct at_elf *elf, const struct at_bytes *packed)
{
    unsigned char *unpacked = NULL;
    size_t size = 0;
    uint64_t expected = 0;
    for (size_t i = 4; packed->size >= OLD_HEADER && i < OLD_HEADER; i++)
        expected = expected << 8 | packed->data[i];
    if (prepare_to_unpack(elf, expected)
        && backtrace_uncompress_zdebug(elf->state, packed->data, packed->size, ignore_error, NULL,
                                       &unpacked, &size)
        && unpacked)
        return (struct at_bytes){ unpacked, size };
    return (struct at_bytes){ .data = NULL };
}

static struct at_bytes unpack_zlib(struct at_elf *elf, const struct at_bytes *stream, uint64_t size)
{
    struct at_bytes out = { .data = NULL };
    size_t old_size = stream->size + OLD_HEADER;
    unsigned char *old = at_pages_new(old_size);
    if (!old)
        return out;
    memcpy(old, "ZLIB", 4);
    for (int i = 0; i < 8; i++)
        old[4 + i] = (unsigned char) (size >> (56 - 8 * i));
    memcpy(old + OLD_HEADER, stream->data, stream->size);
    out = unpack_old(elf, &(struct at_bytes){ old, old_size });
    at_pages_free(old, old_size);
    return out;
}

static struct at_bytes unpack_zstd(struct at_elf *elf, const struct at_bytes *stream, size_t size)
{
    struct at_bytes out = { .data = NULL };
#ifdef AT_BACKTRACE_ZSTD
    unsigned char *unpacked = backtrace_alloc(elf->state, size, ignore_error, NULL);
    if (!unpacked)
        return out;
    if (backtrace_uncompress_zstd(elf->state, stream->data, stream->size, ignore_error, NULL,
                                  unpacked, size))
        out = (struct at_bytes){ unpacked, size };
    else
        backtrace_free(elf->state, unpacked, size, ignore_error, NULL);
#else
    (void) elf;
    (void) stream;
    (void) size;
#endif
    return out;
}

static struct at_bytes unpack(struct at_elf *elf, const struct at_bytes *packed,
                              enum at_compression compression)
{
    ElfW(Chdr) header;
    memcpy(&header, packed->data, sizeof header);
    const struct at_bytes stream = { packed->data + sizeof header, packed->size - sizeof header };
    if (compression == AT_COMPRESSION_ZLIB)
        return unpack_zlib(elf, &stream, header.ch_size);
    if (compression == AT_COMPRESSION_ZSTD && prepare_to_unpack(elf, header.ch_size))
        return unpack_zstd(elf, &stream, header.ch_size);
    return (struct at_bytes){ .data = NULL };
}

struct at_bytes at_elf_contents(struct at_elf *elf, const char *name)
{
    char old_name[32];
    enum at_compression compression;
    struct at_bytes bytes = at_elf_section(elf, name, &compression);
    if (bytes.data && compression == AT_COMPRESSION_NONE)
        return bytes;
    if (bytes.data && compression != AT_COMPRESSION_NONE) {
        bytes = compression == AT_COMPRESSION_UNKNOWN ? (struct at_bytes){ .data = NULL }
                                                      : unpack(elf, &bytes, compression);
    } else {
        snprintf(old_name, sizeof old_name, ".z%s", name + 1);
        bytes = at_elf_section(elf, old_name, &compression);
        bytes = bytes.data ? unpack_old(elf, &bytes) : bytes;
    }
    if (bytes.data)
        elf->unpacked[elf->n_unpacked++] = bytes;
    return bytes;
}

bool at_elf_function(const struct at_elf *elf, const char *name, uint64_t *address)
{
    const ElfW(Shdr) *table = find_section(elf, ".symtab");
    const ElfW(Shdr) *strings = find_section(elf, ".strtab");
    const ElfW(Sym) *symbols =
        table ? file_part(&elf->file, table->sh_offset, table->sh_size) : NULL;
    const char *names =
        strings ? file_part(&elf->file, strings->sh_offset, strings->sh_size) : NULL;
    size_t length = strlen(name) + 1;
    if (!names || !symbols || (uintptr_t) symbols % _Alignof(ElfW(Sym)) != 0)
        return false;
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        if ((symbol->st_info & 0xF) != STT_FUNC || symbol->st_shndx == SHN_UNDEF
            || symbol->st_name > strings->sh_size || length > strings->sh_size - symbol->st_name
            || memcmp(names + symbol->st_name, name, length) != 0)
            continue;
        *address = symbol->st_value;
        return true;
    }
    return false;
}
