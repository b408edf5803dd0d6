/* SPDX-License-Identifier: MIT */
/* See debug_note.h. */
#define _GNU_SOURCE
#include "symbols/debug_note.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbols/debug_file.h"
#include "symbols/elf_file.h"
#include "symbols/units.h"

static void note_compression(struct at_debug_notes *notes, const char *name,
                             enum at_compression compression)
{
    bool zstd = compression == AT_COMPRESSION_ZSTD;
    snprintf(
        notes->unreadable, sizeof notes->unreadable,
        "(no files and lines: the debug sections of %s are compressed %s, which cannot be read "
        "here; link it with -gz=zlib, or run objcopy --decompress-debug-sections on it)",
        name, zstd ? "with zstd" : "in an unknown way");
}

/* Note why the debug information of a file with the section .debug_info cannot be read. */
static void note_damage(struct at_debug_notes *notes, struct at_elf *elf, const char *name,
                        const char *error)
{
    static const char *const sections[] = { ".debug_info",     ".debug_abbrev", ".debug_line",
                                            ".debug_line_str", ".debug_str",    ".debug_ranges",
                                            ".debug_rnglists", ".debug_addr" };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        enum at_compression compression;
        struct at_bytes bytes = at_elf_section(elf, sections[i], &compression);
        if (bytes.data && compression != AT_COMPRESSION_NONE
            && compression != AT_COMPRESSION_ZLIB) {
            note_compression(notes, name, compression);
            return;
        }
    }
    if (error[0])
        snprintf(
            notes->unreadable, sizeof notes->unreadable,
            "(no files and lines: the debug information of %s cannot be read: %s; build it again "
            "with -gdwarf-4)",
            name, error);
}

static bool has_debug_info(const struct at_elf *elf)
{
    enum at_compression compression;
    return at_elf_section(elf, ".debug_info", &compression).data
           || at_elf_section(elf, ".zdebug_info", &compression).data;
}

static void note_absence(struct at_debug_notes *notes, const struct at_elf *elf, const char *path,
                         const char *name, const char *error)
{
    enum at_compression compression;
    struct at_elf debug;
    const char *linked = at_debug_file_link(elf, ".gnu_debuglink");
    if (at_debug_file_open(&debug, elf, path)) {
        note_damage(notes, &debug, linked ? linked : name, error);
        at_elf_close(&debug);
    } else if (at_debug_file_open_linked(&debug, elf, path)) {
        note_damage(notes, &debug, linked, error);
        at_elf_close(&debug);
        if (!notes->unreadable[0])
            snprintf(
                notes->unreadable, sizeof notes->unreadable,
                "(no files and lines: %s belongs to another build of %s; keep the two files of "
                "one build together)",
                linked, name);
    } else if (at_debug_file_is_packaged(elf)) {
        snprintf(
            notes->absent, sizeof notes->absent,
            "(no files and lines: %s is stripped, and its debug file is not in /usr/lib/debug; "
            "install its -dbgsym package, or compile it with -g)",
            name);
    } else if (linked) {
        snprintf(
            notes->absent, sizeof notes->absent,
            "(no files and lines: %s is stripped, and its debug file %s was not found; put that "
            "file into the same directory)",
            name, linked);
    } else if (!at_elf_section(elf, ".symtab", &compression).data) {
        snprintf(notes->absent, sizeof notes->absent,
                 "(no files and lines: %s is stripped; compile it with -g and do not strip it)",
                 name);
    }
}

static void note_partial(struct at_debug_notes *notes, const struct at_elf *elf, const char *path,
                         const char *name)
{
    const char *other = at_debug_file_link(elf, ".gnu_debugaltlink");
    if (at_units_are_split(path))
        snprintf(
            notes->partial, sizeof notes->partial,
            "(functions that were inlined in %s are not shown; compile it without -gsplit-dwarf "
            "to see them)",
            name);
    else if (other && access(other, R_OK) != 0)
        snprintf(
            notes->partial, sizeof notes->partial,
            "(some names of functions that were inlined in %s are missing: they are in %s, which "
            "was not found; install that file)",
            name, other);
}

void at_debug_notes_make(struct at_debug_notes *notes, const char *path, const char *name,
                         const char *error)
{
    struct at_elf elf;
    *notes = (struct at_debug_notes){ .absent = "" };
    if (!at_elf_open(&elf, path)) {
        snprintf(notes->absent, sizeof notes->absent,
                 "(no files and lines: %s cannot be read: %s; make it readable)",
                 path[0] ? path : "/proc/self/exe", errno ? strerror(errno) : "not an ELF file");
        return;
    }
    if (has_debug_info(&elf))
        note_damage(notes, &elf, name, error);
    else
        note_absence(notes, &elf, path, name, error);
    if (!notes->unreadable[0])
        note_partial(notes, &elf, path, name);
    at_elf_close(&elf);
}
