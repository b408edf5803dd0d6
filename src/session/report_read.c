/* SPDX-License-Identifier: MIT */
/*
 * at_report_read_dir(). The reader is strict, because its report is merged with others and trusted.
 * It runs in the measured process and uses no malloc: memory comes from the kernel, and the names
 * of the files from getdents64(), because opendir() allocates.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/pages.h"
#include "session/report_json.h"
#include "track/thread.h"

enum { ENTRIES = 1 << 15 };

/* A report that is being read: too large for a small stack. */
struct reader {
    const char *directory;
    struct at_report_error *error;    /* may be NULL */
    struct at_report_builder builder; /* rows without names */
    struct at_text names;             /* the names in the order of the rows, each with its NUL */
    struct at_scan scan;
    char entries[ENTRIES] __attribute__((aligned(__alignof__(struct dirent))));
};

static enum at_status fail_with_errno(const struct reader *reader)
{
    if (reader->error)
        snprintf(reader->error->message, sizeof reader->error->message, "%.700s: %s",
                 reader->directory, strerror(errno));
    return errno == ENOMEM ? AT_ERROR_NO_MEMORY : AT_ERROR_IO;
}

static enum at_status fail_with_scan(const struct reader *reader)
{
    const struct at_scan *scan = &reader->scan;
    if (reader->error)
        memcpy(reader->error->message, scan->error, sizeof scan->error);
    if (scan->error_number == 0)
        return AT_ERROR_FORMAT;
    return scan->error_number == ENOMEM ? AT_ERROR_NO_MEMORY : AT_ERROR_IO;
}

static enum at_status read_file(struct reader *reader, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - NAME_MAX - 2, reader->directory, name);
    struct at_scan *scan = &reader->scan;
    struct at_report_row row;
    enum at_status status = AT_OK;
    if (at_scan_open(scan, path) && at_report_json_read(scan, &reader->names, &row))
        at_report_builder_add(&reader->builder, &row);
    else
        status = fail_with_scan(reader);
    at_scan_close(scan);
    return status;
}

static bool is_report_file(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static enum at_status read_files(struct reader *reader, int fd)
{
    for (;;) {
        long n = syscall(SYS_getdents64, fd, reader->entries, sizeof reader->entries);
        if (n <= 0)
            return n == 0 ? AT_OK : fail_with_errno(reader);
        const struct dirent *entry;
        for (long at = 0; at < n; at += entry->d_reclen) {
            entry = (const struct dirent *) (const void *) (reader->entries + at);
            enum at_status status = AT_OK;
            if (is_report_file(entry->d_name))
                status = read_file(reader, entry->d_name);
            if (status != AT_OK)
                return status;
        }
    }
}

/* Make the report from the rows and their names, and release both. */
static enum at_status finish(struct reader *reader, struct at_report **report)
{
    struct at_report_builder *builder = &reader->builder;
    const char *name = at_text_get(&reader->names);
    builder->failed |= reader->names.truncated;
    for (size_t i = 0; i < builder->n_rows && !builder->failed; i++) {
        builder->rows[i].name = name;
        name += strlen(name) + 1;
    }
    return at_report_builder_finish(builder, report);
}

static enum at_status read_directory(struct reader *reader, struct at_report **report)
{
    int fd = open(reader->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_with_errno(reader);
    enum at_status status = read_files(reader, fd);
    close(fd);
    if (status == AT_OK)
        status = finish(reader, report);
    else
        at_report_builder_discard(&reader->builder);
    at_text_free(&reader->names);
    return status;
}

enum at_status at_report_read_dir(const char *directory, struct at_report **report,
                                  struct at_report_error *error)
{
    struct reader *reader = at_pages_new(sizeof *reader);
    if (!reader) {
        if (error)
            snprintf(error->message, sizeof error->message, "%.700s: out of memory", directory);
        return AT_ERROR_NO_MEMORY;
    }
    reader->directory = directory;
    reader->error = error;
    at_suspend(); /* strerror() may allocate */
    enum at_status status = read_directory(reader, report);
    at_resume();
    at_pages_free(reader, sizeof *reader);
    return status;
}
