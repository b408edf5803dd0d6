/* SPDX-License-Identifier: MIT */
/* See suppressions.h. */
#define _GNU_SOURCE
#include "runner/suppressions.h"

#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/module.h"
#include "shared/state.h"
#include "symbols/units.h"

static const char variable[] = "ALLOC_TRACKER_SUPPRESSIONS";

/* Return the pattern in a line, without blanks and comment, and its length: 0 if there is none. */
static const char *trim(const char *line, size_t *length)
{
    static const char blanks[] = " \t\r\n";
    const char *start = line + strspn(line, blanks);
    const char *end = start; /* of the last word */
    for (const char *word = start; *word && *word != '#'; word = end + strspn(end, blanks))
        end = word + strcspn(word, blanks);
    *length = (size_t) (end - start);
    return start;
}

static bool is_pattern(const char *text, size_t length)
{
    static const char *const prefixes[] = { "function:", "file:", "module:" };
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t n = strlen(prefixes[i]);
        if (length > n && strncmp(text, prefixes[i], n) == 0)
            return true;
    }
    return false;
}

static bool add_pattern(struct criterion_alloc_suppressions *all, const char *text, size_t length,
                        unsigned line)
{
    struct criterion_alloc_pattern *patterns =
        realloc(all->patterns, (all->n + 1) * sizeof *patterns);
    char *copy = strndup(text, length);
    if (patterns)
        all->patterns = patterns;
    if (!patterns || !copy) {
        free(copy);
        return false;
    }
    all->patterns[all->n++] = (struct criterion_alloc_pattern){ .text = copy, .line = line };
    return true;
}

static bool read_line(struct criterion_alloc_suppressions *all, const char *path, const char *line,
                      size_t size, unsigned number, struct at_text *error)
{
    size_t length;
    const char *text = trim(line, &length);
    if (strlen(line) != size) {
        at_text_printf(error, "%s:%u:%zu: a zero byte: this is not a text file", path, number,
                       strlen(line) + 1);
        return false;
    }
    if (length == 0)
        return true;
    if (!is_pattern(text, length)) {
        at_text_printf(error,
                       "%s:%u:%zu: expected function:, file: or module: and a pattern, as in "
                       "\"function:log_*\"",
                       path, number, (size_t) (text - line) + 1);
        return false;
    }
    if (!add_pattern(all, text, length, number)) {
        at_text_printf(error, "%s:%u:1: no memory", path, number);
        return false;
    }
    return true;
}

bool criterion_alloc_suppressions_read(struct criterion_alloc_suppressions *all,
                                       struct at_text *error)
{
    const char *path = getenv(variable);
    if (!path || !*path)
        return true;
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    bool good = file != NULL;
    for (unsigned number = 1; good && (size = getline(&line, &capacity, file)) >= 0; number++)
        good = read_line(all, path, line, (size_t) size, number, error);
    if (!file || ferror(file)) {
        at_text_printf(error, "%s: %s (%s names it)", path, strerror(errno), variable);
        good = false;
    }
    if (file)
        fclose(file);
    free(line);
    return good;
}

void criterion_alloc_suppressions_free(struct criterion_alloc_suppressions *all)
{
    for (size_t i = 0; i < all->n; i++)
        free(all->patterns[i].text);
    free(all->patterns);
    *all = (struct criterion_alloc_suppressions){ 0 };
}

/* For dl_iterate_phdr(): return whether there is code of the user whose inlined functions are not
   known. */
static int find_split_code(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    (void) arg;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        struct at_module module;
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)
            || !at_module_find(info->dlpi_addr + header->p_vaddr, &module)
            || module.owner != AT_OWNER_USER)
            continue;
        return at_units_are_split(module.path);
    }
    return 0;
}

static bool is_function(const char *pattern)
{
    return strncmp(pattern, "function:", strlen("function:")) == 0;
}

void criterion_alloc_suppressions_report(struct criterion_alloc_shared *shared)
{
    for (uint32_t i = 0; i < shared->n_suppressions; i++) {
        const struct criterion_alloc_suppression *entry =
            criterion_alloc_shared_suppression(shared, i);
        const char *pattern = criterion_alloc_shared_string(shared, entry->text);
        if (__atomic_load_n(&entry->used, __ATOMIC_RELAXED))
            continue;
        bool split = is_function(pattern) && dl_iterate_phdr(find_split_code, NULL);
        fprintf(stderr, "alloc_tracker: %s:%u: unused suppression %s%s\n", getenv(variable),
                entry->line, pattern,
                split ? " (functions that are inlined in code compiled with -gsplit-dwarf are not "
                        "known)"
                      : "");
    }
}
