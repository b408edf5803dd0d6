/* SPDX-License-Identifier: MIT */
/* See debug_note.h. Debug files are looked for where libbacktrace looks for them. */
#define _GNU_SOURCE
#include "symbols/debug_note.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbols/dwarf.h"
#include "symbols/elf_file.h"
#include "symbols/units.h"

/* The file that `section` names first, or NULL: .gnu_debuglink, .gnu_debugaltlink. */
static const char *linked_name(const struct at_elf *elf, const char *section)
{
    enum at_packing packing;
    struct at_bytes bytes = at_elf_section(elf, section, &packing);
    const char *name = at_bytes_string(&bytes, 0);
    return name && name[0] ? name : NULL;
}

/* The directory of the object, with its last slash. */
static void find_directory(const char *path, char *out, size_t size)
{
    ssize_t n = path[0] ? -1 : readlink("/proc/self/exe", out, size - 1);
    if (n >= 0)
        out[n] = '\0';
    else
        snprintf(out, size, "%s", path);
    char *slash = strrchr(out, '/');
    if (slash)
        slash[1] = '\0';
    else
        out[0] = '\0';
}

/* Open the debug file of a .gnu_debuglink. */
static bool open_linked(struct at_elf *debug, const char *path, const char *name)
{
    static const char *const places[] = { "%s%s", "%s.debug/%s", "/usr/lib/debug%s%s" };
    char directory[PATH_MAX], file[2 * PATH_MAX];
    find_directory(path, directory, sizeof directory);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(file, sizeof file, places[i], directory, name);
#pragma GCC diagnostic pop
        if (at_elf_open(debug, file))
            return true;
    }
    return false;
}

static void note_packed(struct at_debug_notes *notes, const char *name, enum at_packing packing)
{
    bool zstd = packing == AT_PACKING_ZSTD;
    snprintf(notes->unreadable, sizeof notes->unreadable,
             "(the debug sections of %s are compressed %s, which cannot be read here: link with "
             "-gz=zlib, or run objcopy --decompress-debug-sections on it)",
             name, zstd ? "with zstd" : "in an unknown way");
}

/* Of a file with the section .debug_info. */
static void note_information(struct at_debug_notes *notes, struct at_elf *elf, const char *name,
                             const char *error)
{
    static const char *const sections[] = { ".debug_info",     ".debug_abbrev", ".debug_line",
                                            ".debug_line_str", ".debug_str",    ".debug_ranges",
                                            ".debug_rnglists", ".debug_addr" };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        enum at_packing packing;
        struct at_bytes bytes = at_elf_section(elf, sections[i], &packing);
        if (bytes.data && packing != AT_PACKING_NONE && packing != AT_PACKING_ZLIB)
            return note_packed(notes, name, packing);
    }
    if (error[0])
        snprintf(notes->unreadable, sizeof notes->unreadable,
                 "(the debug information of %s cannot be read: %s; build it again with -gdwarf-4)",
                 name, error);
}

static bool has_information(const struct at_elf *elf)
{
    enum at_packing packing;
    return at_elf_section(elf, ".debug_info", &packing).data
           || at_elf_section(elf, ".zdebug_info", &packing).data;
}

static void note_without(struct at_debug_notes *notes, const struct at_elf *elf, const char *path,
                         const char *name, const char *error)
{
    enum at_packing packing;
    struct at_elf debug;
    const char *linked = linked_name(elf, ".gnu_debuglink");
    if (linked && open_linked(&debug, path, linked)) {
        note_information(notes, &debug, linked, error);
        at_elf_close(&debug);
        if (!notes->unreadable[0])
            snprintf(notes->unreadable, sizeof notes->unreadable,
                     "(%s does not have the debug information of this %s: keep the two files of "
                     "one build together)",
                     linked, name);
    } else if (linked) {
        snprintf(notes->absent, sizeof notes->absent,
                 "(%s is stripped, and its debug information was not found: put %s beside it)",
                 name, linked);
    } else if (!at_elf_section(elf, ".symtab", &packing).data) {
        snprintf(notes->absent, sizeof notes->absent,
                 "(%s is stripped: compile with -g and do not strip it, to see files and lines)",
                 name);
    }
}

static void note_partial(struct at_debug_notes *notes, const struct at_elf *elf, const char *path,
                         const char *name)
{
    const char *other = linked_name(elf, ".gnu_debugaltlink");
    if (at_units_are_split(path))
        snprintf(notes->partial, sizeof notes->partial,
                 "(functions that were inlined in %s are not shown: compile without -gsplit-dwarf "
                 "to see them)",
                 name);
    else if (other && access(other, R_OK) != 0)
        snprintf(notes->partial, sizeof notes->partial,
                 "(some names of functions that were inlined in %s are not known: they are in %s, "
                 "which was not found)",
                 name, other);
}

void at_debug_notes_make(struct at_debug_notes *notes, const char *path, const char *name,
                         const char *error)
{
    struct at_elf elf;
    *notes = (struct at_debug_notes){ .absent = "" };
    if (!at_elf_open(&elf, path)) {
        snprintf(notes->absent, sizeof notes->absent, "(files and lines are not known: %s: %s)",
                 path[0] ? path : "/proc/self/exe", errno ? strerror(errno) : "not an ELF file");
        return;
    }
    if (has_information(&elf))
        note_information(notes, &elf, name, error);
    else
        note_without(notes, &elf, path, name, error);
    if (!notes->unreadable[0])
        note_partial(notes, &elf, path, name);
    at_elf_close(&elf);
}
