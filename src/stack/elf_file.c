/* SPDX-License-Identifier: MIT */
/* See elf_file.h. libbacktrace decompresses: its entry for that takes the format of a .zdebug
   section, "ZLIB" and the size in eight bytes, most significant first. */
#define _GNU_SOURCE
#include "stack/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
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

/* Of libbacktrace, in no header of its. Return 1 on success. */
int backtrace_uncompress_zdebug(struct backtrace_state *state, const unsigned char *compressed,
                                size_t size, backtrace_error_callback on_error, void *data,
                                unsigned char **unpacked, size_t *unpacked_size);

static bool map(struct at_elf *elf, int fd)
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
    bool mapped = map(elf, fd);
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
        at_pages_free((void *) elf->unpacked[i].data, elf->unpacked[i].size);
    if (elf->file.data)
        munmap((void *) elf->file.data, elf->file.size);
    *elf = (struct at_elf){ .n_unpacked = 0 };
}

static const void *part(const struct at_bytes *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->data + offset : NULL;
}

/* The table of sections: what is aligned as it must be, and in the file as a whole. */
static const ElfW(Shdr) *find_sections(const struct at_elf *elf, size_t *n)
{
    const ElfW(Ehdr) *header = (const void *) elf->file.data;
    if (header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shoff % _Alignof(ElfW(Shdr)) != 0)
        return NULL;
    const ElfW(Shdr) *first = part(&elf->file, header->e_shoff, sizeof *first);
    if (!first || header->e_shoff == 0)
        return NULL;
    *n = header->e_shnum ? header->e_shnum : first->sh_size; /* very many do not fit there */
    return *n <= elf->file.size / sizeof *first
               ? part(&elf->file, header->e_shoff, (uint64_t) *n * sizeof *first)
               : NULL;
}

static const ElfW(Shdr) *find_section(const struct at_elf *elf, const char *name)
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
    const char *names = part(&elf->file, strings->sh_offset, strings->sh_size);
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

static enum at_packing packing_of(const ElfW(Shdr) *section, const unsigned char *data)
{
    ElfW(Chdr) header;
    if (!(section->sh_flags & SHF_COMPRESSED))
        return AT_PACKING_NONE;
    if (section->sh_size < sizeof header)
        return AT_PACKING_UNKNOWN;
    memcpy(&header, data, sizeof header);
    if (header.ch_type == ELFCOMPRESS_ZLIB)
        return AT_PACKING_ZLIB;
    return header.ch_type == ELFCOMPRESS_ZSTD ? AT_PACKING_ZSTD : AT_PACKING_UNKNOWN;
}

struct at_bytes at_elf_section(const struct at_elf *elf, const char *name, enum at_packing *packing)
{
    const ElfW(Shdr) *section = find_section(elf, name);
    const unsigned char *data =
        section ? part(&elf->file, section->sh_offset, section->sh_size) : NULL;
    *packing = data ? packing_of(section, data) : AT_PACKING_NONE;
    return (struct at_bytes){ data, data ? section->sh_size : 0 };
}

static void ignore_error(void *data, const char *message, int error)
{
    (void) data;
    (void) message;
    (void) error;
}

/* The stream of `packed`, which goes on behind a header, with the old header before it. */
static bool inflate(const struct at_bytes *packed, size_t header, struct at_bytes *out)
{
    size_t size = packed->size - header + OLD_HEADER;
    unsigned char *old = at_pages_new(size);
    struct backtrace_state *state = backtrace_create_state(NULL, 0, ignore_error, NULL);
    unsigned char *unpacked = (unsigned char *) out->data;
    size_t unpacked_size = out->size;
    bool done = false;
    if (old && state) {
        memcpy(old, "ZLIB", 4);
        for (int i = 0; i < 8; i++)
            old[4 + i] = (unsigned char) ((uint64_t) out->size >> (56 - 8 * i));
        memcpy(old + OLD_HEADER, packed->data + header, packed->size - header);
        done = backtrace_uncompress_zdebug(state, old, size, ignore_error, NULL, &unpacked,
                                           &unpacked_size)
               && unpacked == out->data;
    }
    if (old)
        at_pages_free(old, size);
    return done;
}

#ifdef AT_BACKTRACE_ZSTD
int backtrace_uncompress_zstd(struct backtrace_state *state, const unsigned char *compressed,
                              size_t size, backtrace_error_callback on_error, void *data,
                              unsigned char *unpacked, size_t unpacked_size);

static bool unpack_zstd(const struct at_bytes *packed, size_t header, struct at_bytes *out)
{
    struct backtrace_state *state = backtrace_create_state(NULL, 0, ignore_error, NULL);
    return state
           && backtrace_uncompress_zstd(state, packed->data + header, packed->size - header,
                                        ignore_error, NULL, (unsigned char *) out->data, out->size);
}
#else
static bool unpack_zstd(const struct at_bytes *packed, size_t header, struct at_bytes *out)
{
    (void) packed;
    (void) header;
    (void) out;
    return false;
}
#endif

static struct at_bytes unpack(struct at_elf *elf, const struct at_bytes *packed,
                              enum at_packing packing)
{
    const struct at_bytes none = { .data = NULL };
    ElfW(Chdr) header;
    memcpy(&header, packed->data, sizeof header);
    if (packing == AT_PACKING_UNKNOWN || elf->n_unpacked == AT_ELF_MAX_UNPACKED
        || header.ch_size == 0 || header.ch_size > max_unpacked)
        return none;
    struct at_bytes out = { at_pages_new(header.ch_size), header.ch_size };
    if (!out.data)
        return none;
    bool done = packing == AT_PACKING_ZLIB ? inflate(packed, sizeof header, &out)
                                           : unpack_zstd(packed, sizeof header, &out);
    elf->unpacked[elf->n_unpacked++] = out; /* released with the rest */
    return done ? out : none;
}

struct at_bytes at_elf_contents(struct at_elf *elf, const char *name)
{
    enum at_packing packing;
    struct at_bytes bytes = at_elf_section(elf, name, &packing);
    return packing == AT_PACKING_NONE ? bytes : unpack(elf, &bytes, packing);
}
