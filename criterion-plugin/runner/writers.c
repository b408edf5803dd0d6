/* SPDX-License-Identifier: MIT */
/* See writers.h. */
#define _GNU_SOURCE
#include "runner/writers.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/output.h>
#include <criterion/stats.h>

#include "alloc_tracker/attributes.h"
#include "attribution/module.h"
#include "runner/safe_text.h"

/* Criterion calls this function for its own writers, and a program for its writers. The definition
   here replaces that in libcriterion. */
AT_API int criterion_register_output_provider(const char *name, criterion_reporter *reporter);

static struct {
    criterion_alloc_writer *theirs;
    bool escapes;
} writers[CRITERION_ALLOC_N_FORMATS];

/* A text of Criterion's statistics that is replaced while a file is written. */
struct replaced {
    struct replaced *next;
    const char **where;
    const char *text;
};

static void replace_text(struct replaced **all, const char **where,
                         const struct criterion_alloc_syntax *syntax)
{
    char *safe = *where ? criterion_alloc_safe_copy(*where, syntax) : NULL;
    struct replaced *replaced = safe ? malloc(sizeof *replaced) : NULL;
    if (!replaced) {
        free(safe);
        return;
    }
    *replaced = (struct replaced){ .next = *all, .where = where, .text = *where };
    *where = safe;
    *all = replaced;
}

static struct replaced *replace_texts(struct criterion_global_stats *stats,
                                      enum criterion_alloc_format format)
{
    struct replaced *all = NULL;
    struct criterion_alloc_syntax lines = { .format = format, .escapes = writers[format].escapes };
    struct criterion_alloc_syntax line = lines;
    line.one_line = true;
    for (struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            replace_text(&all, &test->message, &line);
            for (struct criterion_assert_stats *at = test->asserts; at; at = at->next) {
                replace_text(&all, &at->message, &lines);
                replace_text(&all, &at->file, &line);
            }
        }
    }
    return all;
}

static void restore_texts(struct replaced *all)
{
    while (all) {
        struct replaced *next = all->next;
        free((void *) *all->where);
        *all->where = all->text;
        free(all);
        all = next;
    }
}

static void write_safely(enum criterion_alloc_format format, FILE *file,
                         struct criterion_global_stats *stats)
{
    struct replaced *all = replace_texts(stats, format);
    writers[format].theirs(file, stats);
    restore_texts(all);
}

static void write_json(FILE *file, struct criterion_global_stats *stats)
{
    write_safely(CRITERION_ALLOC_JSON, file, stats);
}

static void write_xml(FILE *file, struct criterion_global_stats *stats)
{
    write_safely(CRITERION_ALLOC_XML, file, stats);
}

criterion_alloc_writer *criterion_alloc_writer_get(enum criterion_alloc_format format)
{
    return writers[format].theirs;
}

void criterion_alloc_writer_escapes(enum criterion_alloc_format format)
{
    writers[format].escapes = true;
}

/* Return whether both addresses are in one object. A program may register a writer of its own under
   a name of Criterion's. */
static bool are_in_one_object(const void *left, const void *right)
{
    struct at_module a, b;
    return at_module_find((uintptr_t) left, &a) && at_module_find((uintptr_t) right, &b)
           && a.start == b.start;
}

int criterion_register_output_provider(const char *name, criterion_reporter *reporter)
{
    static const struct {
        const char *name;
        criterion_alloc_writer *ours;
    } formats[CRITERION_ALLOC_N_FORMATS] = {
        [CRITERION_ALLOC_JSON] = { "json", write_json },
        [CRITERION_ALLOC_XML] = { "xml", write_xml },
    };
    int (*next)(const char *, criterion_reporter *) =
        (int (*)(const char *, criterion_reporter *)) dlsym(RTLD_NEXT,
                                                            "criterion_register_output_provider");
    if (!next)
        return -1;
    for (size_t i = 0; i < CRITERION_ALLOC_N_FORMATS; i++) {
        if (strcmp(name, formats[i].name) != 0
            || !are_in_one_object((const void *) reporter, (const void *) next))
            continue;
        writers[i].theirs = reporter;
        reporter = formats[i].ours;
    }
    return next(name, reporter);
}
