/* SPDX-License-Identifier: MIT */
/*
 * A reader for ELF files of this machine's class (32 or 64 bits). The file is not trusted: every
 * offset and size is checked before use. Memory comes from pages, not from malloc.
 */
#ifndef AT_SYMBOLS_ELF_FILE_H
#define AT_SYMBOLS_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AT_ELF_MAX_UNPACKED = 8 };

struct at_bytes {
    const unsigned char *data; /* NULL if there are none */
    size_t size;
};

struct backtrace_state;

struct at_elf {
    struct at_bytes file;
    struct backtrace_state *state; /* owns the memory of decompressed sections */
    size_t n_unpacked;
    struct at_bytes unpacked[AT_ELF_MAX_UNPACKED];
};

enum at_compression {
    AT_COMPRESSION_NONE = 0,
    AT_COMPRESSION_ZLIB,
    AT_COMPRESSION_ZSTD,
    AT_COMPRESSION_UNKNOWN,
};

/* Map the file at `path`, or the program's own file for "". Return false if that is not possible:
   errno is the reason, or 0 if the file is not such an ELF file. Release it with at_elf_close(). */
bool at_elf_open(struct at_elf *elf, const char *path);
void at_elf_close(struct at_elf *elf);

/* Return a section's bytes as they are in the file, and set `*compression` to their format. */
struct at_bytes at_elf_section(const struct at_elf *elf, const char *name,
                               enum at_compression *compression);

/* Return a section's bytes, decompressed if necessary, which are valid until at_elf_close(). `data`
   is NULL if there is no such section or it cannot be decompressed. */
struct at_bytes at_elf_contents(struct at_elf *elf, const char *name);

/* Find a function in the symbol table, and set `*address` to its value there. Return false if there
   is none. */
bool at_elf_function(const struct at_elf *elf, const char *name, uint64_t *address);

#endif
