/* SPDX-License-Identifier: MIT */
/*
 * An ELF file of this machine's class, read as it lies on the disk. Nothing in the file is trusted:
 * each offset and size is checked before it is used. No allocation but pages.
 */
#ifndef AT_SYMBOLS_ELF_FILE_H
#define AT_SYMBOLS_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AT_ELF_MAX_UNPACKED = 8 };

struct at_bytes {
    const unsigned char *data; /* NULL: there are none */
    size_t size;
};

struct backtrace_state;

struct at_elf {
    struct at_bytes file;
    struct backtrace_state *state; /* owns the memory of what is unpacked */
    size_t n_unpacked;
    struct at_bytes unpacked[AT_ELF_MAX_UNPACKED];
};

enum at_packing {
    AT_PACKING_NONE = 0,
    AT_PACKING_ZLIB,
    AT_PACKING_ZSTD,
    AT_PACKING_UNKNOWN,
};

/* Map the file at `path`, or the program's own for "". Return false if that is not possible; errno
   then has the reason, or is 0 for a file of another kind. End with at_elf_close(). */
bool at_elf_open(struct at_elf *elf, const char *path);
void at_elf_close(struct at_elf *elf);

/* Return a section's bytes as they are in the file, and how they are compressed. */
struct at_bytes at_elf_section(const struct at_elf *elf, const char *name,
                               enum at_packing *packing);

/* Return a section's bytes, decompressed if necessary; valid until at_elf_close(). None where there
   is no such section, or where it cannot be decompressed. */
struct at_bytes at_elf_contents(struct at_elf *elf, const char *name);

/* Find a function in the symbol table; `*address` is the file's. */
bool at_elf_function(const struct at_elf *elf, const char *name, uint64_t *address);

#endif
