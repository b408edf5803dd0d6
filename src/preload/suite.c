/* SPDX-License-Identifier: MIT */
/* See suite.h. The file is a results file of the plugin (docs/results.md). */
#define _GNU_SOURCE
#include "preload/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/json_scan.h"
#include "base/pages.h"
#include "results/names.h"

/* A results file and the bytes of its parts. */
struct suite_file {
    struct at_text bytes;
    struct at_text environment;
    struct at_text tests; /* for each test: struct at_suite_test, its id, its members */
    size_t id_begin;      /* offsets of the current test's id without quotes; 0: no id so far */
    size_t id_end;
};

static bool read_all(const char *path, struct at_text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char buffer[16384];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        at_text_add(text, buffer, n > 0 ? (size_t) n : 0);
    }
    close(fd);
    return n == 0 && !text->truncated;
}

/* Return the offset of the next value, or of the byte that is read next. */
static size_t offset_of_value(struct at_scan *scan)
{
    at_scan_next(scan);
    return (size_t) scan->token;
}

static size_t offset_of_next(const struct at_scan *scan)
{
    return (size_t) scan->passed + scan->at;
}

static void add_part(struct at_text *part, const struct suite_file *file, size_t begin, size_t end)
{
    if (end <= file->bytes.length) /* else the file has changed */
        at_text_add(part, at_text_get(&file->bytes) + begin, end - begin);
}

static bool read_environment(struct at_scan *scan, void *context)
{
    struct suite_file *file = context;
    size_t begin = offset_of_value(scan);
    if (!at_scan_ignored(scan, NULL))
        return false;
    add_part(&file->environment, file, begin, offset_of_next(scan));
    return true;
}

static bool read_id(struct at_scan *scan, void *context)
{
    struct suite_file *file = context;
    const char *id;
    file->id_begin = offset_of_value(scan) + 1;
    if (!at_scan_string(scan, &id))
        return false;
    file->id_end = offset_of_next(scan) - 1;
    return true;
}

static bool read_member(struct at_scan *scan, void *context)
{
    const struct suite_file *file = context;
    return file->id_begin && at_scan_ignored(scan, NULL); /* the id must be the first member */
}

static bool read_test(struct at_scan *scan, void *context)
{
    static const struct at_member members[] = { { "id", read_id, true },
                                                { NULL, read_member, false } };
    struct suite_file *file = context;
    file->id_begin = 0;
    if (!at_scan_object(scan, members, sizeof members / sizeof members[0], file))
        return false;
    const struct at_suite_test test = {
        .id_size = file->id_end - file->id_begin,
        .members_size = offset_of_next(scan) - (file->id_end + 1),
    };
    at_text_add(&file->tests, (const char *) &test, sizeof test);
    add_part(&file->tests, file, file->id_begin, file->id_end);
    add_part(&file->tests, file, file->id_end + 1, offset_of_next(scan));
    return true;
}

static bool read_tests(struct at_scan *scan, void *context)
{
    return at_scan_array(scan, read_test, context);
}

static bool read_results(struct at_scan *scan, struct suite_file *file)
{
    static const char *const schema = AT_RESULTS_SCHEMA;
    static const struct at_member members[] = { { "environment", read_environment, true },
                                                { "tests", read_tests, true } };
    size_t which;
    return at_scan_schema(scan, &schema, 1, &which)
           && at_scan_rest(scan, members, sizeof members / sizeof members[0], file)
           && at_scan_end(scan);
}

static bool read_parts(const char *path, struct suite_file *file)
{
    struct at_scan *scan = at_pages_new(sizeof *scan);
    if (!scan)
        return false;
    bool done =
        at_scan_open(scan, path) && read_all(path, &file->bytes) && read_results(scan, file);
    if (!done && !scan->error_number)
        errno = EINVAL;
    int error = errno;
    at_scan_close(scan);
    at_pages_free(scan, sizeof *scan);
    errno = error;
    return done && !file->tests.truncated && !file->environment.truncated;
}

bool at_suite_read(struct at_execution_table *table, struct at_area *area,
                   struct at_execution *execution, const char *path)
{
    struct suite_file file = { .id_begin = 0 };
    bool done = read_parts(path, &file)
                && at_execution_append(area, &file.tests, &execution->text, &execution->text_size);
    if (done && execution == &table->executions[0])
        done = at_execution_append(area, &file.environment, &table->environment,
                                   &table->environment_size);
    int error = errno;
    unlink(path);
    at_text_free(&file.bytes);
    at_text_free(&file.tests);
    at_text_free(&file.environment);
    errno = error;
    return done;
}
