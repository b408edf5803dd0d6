/* SPDX-License-Identifier: MIT */
/* See debug_file.h. */
#define _GNU_SOURCE
#include "symbols/debug_file.h"

#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbols/dwarf.h"

static const char suffix[] = ".debug";

/* Return the build ID: the note of GNU of that type. */
static struct at_bytes find_build_id(const struct at_elf *elf)
{
    enum at_compression compression;
    const struct at_bytes section = at_elf_section(elf, ".note.gnu.build-id", &compression);
    ElfW(Nhdr) note;
    const size_t start = sizeof note + sizeof "GNU";
    if (compression != AT_COMPRESSION_NONE || section.size < start)
        return (struct at_bytes){ .data = NULL };
    memcpy(&note, section.data, sizeof note);
    bool is_id = note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU"
                 && memcmp(section.data + sizeof note, "GNU", sizeof "GNU") == 0
                 && note.n_descsz >= 2 && note.n_descsz <= section.size - start;
    return is_id ? (struct at_bytes){ section.data + start, note.n_descsz }
                 : (struct at_bytes){ .data = NULL };
}

/* Write the file name of the build ID, below its directory: all bytes but the first. Return false
   if it does not fit. */
static bool format_name(const struct at_bytes *id, char *out, size_t size)
{
    if (id->size < 2 || 2 * (id->size - 1) + sizeof suffix > size)
        return false;
    for (size_t i = 1; i < id->size; i++)
        snprintf(out + 2 * (i - 1), 3, "%02x", id->data[i]);
    memcpy(out + 2 * (id->size - 1), suffix, sizeof suffix);
    return true;
}

static bool have_equal_ids(const struct at_elf *a, const struct at_elf *b)
{
    const struct at_bytes id_a = find_build_id(a), id_b = find_build_id(b);
    return id_a.data && id_a.size == id_b.size && memcmp(id_a.data, id_b.data, id_a.size) == 0;
}

const char *at_debug_file_link(const struct at_elf *elf, const char *section)
{
    enum at_compression compression;
    const struct at_bytes bytes = at_elf_section(elf, section, &compression);
    const char *name = at_bytes_string(&bytes, 0);
    return name && name[0] ? name : NULL;
}

bool at_debug_file_is_packaged(const struct at_elf *elf)
{
    char name[PATH_MAX];
    const struct at_bytes id = find_build_id(elf);
    const char *link = at_debug_file_link(elf, ".gnu_debuglink");
    return link && format_name(&id, name, sizeof name) && strcmp(link, name) == 0;
}

/* Get the directory of the object, with a slash at its end. */
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

bool at_debug_file_open_linked(struct at_elf *debug, const struct at_elf *elf, const char *path)
{
    static const struct {
        const char *before, *after;
    } places[] = { { "", "" }, { "", ".debug/" }, { "/usr/lib/debug", "" } };
    char directory[PATH_MAX], file[2 * PATH_MAX];
    const char *name = at_debug_file_link(elf, ".gnu_debuglink");
    find_directory(path, directory, sizeof directory);
    for (size_t i = 0; name && i < sizeof places / sizeof places[0]; i++) {
        snprintf(file, sizeof file, "%s%s%s%s", places[i].before, directory, places[i].after, name);
        if (at_elf_open(debug, file))
            return true;
    }
    return false;
}

static bool keep_if_equal(struct at_elf *debug, const struct at_elf *elf)
{
    if (have_equal_ids(debug, elf))
        return true;
    at_elf_close(debug);
    return false;
}

bool at_debug_file_open(struct at_elf *debug, const struct at_elf *elf, const char *path)
{
    char name[PATH_MAX / 2], file[PATH_MAX];
    const struct at_bytes id = find_build_id(elf);
    if (!format_name(&id, name, sizeof name))
        return false;
    snprintf(file, sizeof file, "/usr/lib/debug/.build-id/%02x/%s", id.data[0], name);
    if (at_elf_open(debug, file) && keep_if_equal(debug, elf))
        return true;
    return at_debug_file_open_linked(debug, elf, path) && keep_if_equal(debug, elf);
}
