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

/* What Criterion calls for its own providers, and a program for its; ours replaces the one in
   libcriterion. */
AT_API int criterion_register_output_provider(const char *name, criterion_reporter *reporter);

static struct {
    criterion_alloc_writer *theirs;
    bool escapes;
} writers[CRITERION_ALLOC_N_FORMATS];

/* A text of Criterion's statistics that another text replaces for a while. */
struct replaced {
    struct replaced *next;
    const char **place;
    const char *text;
};

static void replace(struct replaced **all, const char **place,
                    const struct criterion_alloc_syntax *syntax)
{
    char *safe = *place ? criterion_alloc_safe_copy(*place, syntax) : NULL;
    struct replaced *replaced = safe ? malloc(sizeof *replaced) : NULL;
    if (!replaced) {
        free(safe);
        return;
    }
    *replaced = (struct replaced){ .next = *all, .place = place, .text = *place };
    *place = safe;
    *all = replaced;
}

static struct replaced *replace_all(struct criterion_global_stats *stats,
                                    enum criterion_alloc_format format)
{
    struct replaced *all = NULL;
    struct criterion_alloc_syntax lines = { .format = format, .escapes = writers[format].escapes };
    struct criterion_alloc_syntax line = lines;
    line.one_line = true;
    for (struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test; test = test->next) {
            replace(&all, &test->message, &line);
            for (struct criterion_assert_stats *at = test->asserts; at; at = at->next) {
                replace(&all, &at->message, &lines);
                replace(&all, &at->file, &line);
            }
        }
    }
    return all;
}

static void put_back(struct replaced *all)
{
    while (all) {
        struct replaced *next = all->next;
        free((void *) *all->place);
        *all->place = all->text;
        free(all);
        all = next;
    }
}

static void write_safely(enum criterion_alloc_format format, FILE *file,
                         struct criterion_global_stats *stats)
{
    struct replaced *all = replace_all(stats, format);
    writers[format].theirs(file, stats);
    put_back(all);
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

/* A program may register a writer of its own under one of these names. */
static bool is_of_the_same_object(const void *left, const void *right)
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
            || !is_of_the_same_object((const void *) reporter, (const void *) next))
            continue;
        writers[i].theirs = reporter;
        reporter = formats[i].ours;
    }
    return next(name, reporter);
}
