/* SPDX-License-Identifier: MIT */
/*
 * at_report_write_dir(). All files are complete, in a temporary directory of this call, before the
 * first is renamed. So several threads and processes can write to one directory at the same time.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pages.h"
#include "base/replace.h"
#include "base/sort.h"
#include "session/report_json.h"
#include "track/thread.h"

enum { MAX_STEM = 200, MAX_NAME = MAX_STEM + 32 };

static void set_error(struct at_report_error *error, const char *path, const char *reason)
{
    if (error)
        snprintf(error->message, sizeof error->message, "%.700s: %s", path, reason);
}

/* Write the start of `name` with safe characters only, without dots at the end. Return the number
   of bytes, at least 1. */
static size_t format_stem(const char *name, char out[MAX_STEM])
{
    size_t n = 0;
    for (size_t i = 0; i < MAX_STEM && name[i]; i++) {
        unsigned char c = (unsigned char) name[i];
        bool safe = isascii(c) && (isalnum(c) || c == '-' || c == '_' || (c == '.' && i > 0));
        bool continued = (c & 0xC0) == 0x80; /* byte of a character in UTF-8, but not its first */
        if (!continued)
            out[n++] = safe ? (char) c : '_';
    }
    while (n > 0 && out[n - 1] == '.')
        n--;
    if (n == 0)
        out[n++] = '_';
    return n;
}

/* Write the file name of the operation `name`, with a hash in a long name, so that two long names
   differ. */
static void format_file_name(const char *name, char out[MAX_NAME])
{
    size_t n = format_stem(name, out);
    if (strlen(name) > MAX_STEM) {
        uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a, 64 bits: RFC 9923 */
        for (const char *at = name; *at; at++)
            hash = (hash ^ (unsigned char) *at) * 0x100000001B3u;
        n += (size_t) snprintf(out + n, MAX_NAME - n, "-%016llx", (unsigned long long) hash);
    }
    strcpy(out + n, ".json");
}

/* A row of a report and the name of its file. */
struct file {
    char name[MAX_NAME];
    const struct at_report_row *row;
};

static int compare_files(const void *left, const void *right, void *unused)
{
    (void) unused;
    const struct file *a = *(const struct file *const *) left;
    const struct file *b = *(const struct file *const *) right;
    int order = strcasecmp(a->name, b->name);
    return order ? order : a < b ? -1 : a > b;
}

static enum at_status compare_neighbours(const struct file *const *files, size_t n,
                                         struct at_report_error *error)
{
    for (size_t i = 1; i < n; i++) {
        if (strcasecmp(files[i - 1]->name, files[i]->name) != 0)
            continue;
        if (error)
            snprintf(error->message, sizeof error->message,
                     "%s: both \"%.300s\" and \"%.300s\" would be written there; rename one",
                     files[i - 1]->name, files[i - 1]->row->name, files[i]->row->name);
        return AT_ERROR_COLLISION;
    }
    return AT_OK;
}

/* Check that each row has a file name of its own. */
static enum at_status check_file_names(const struct at_report *report,
                                       struct at_report_error *error)
{
    size_t n = report->n_rows;
    struct file *files = at_pages_new(n * sizeof *files);
    const struct file **sorted = at_pages_new(n * sizeof *sorted);
    enum at_status status = AT_ERROR_NO_MEMORY;
    if (files && sorted) {
        for (size_t i = 0; i < n; i++) {
            files[i].row = &report->rows[i];
            format_file_name(report->rows[i].name, files[i].name);
            sorted[i] = &files[i];
        }
        at_sort(sorted, n, sizeof *sorted, compare_files, NULL);
        status = compare_neighbours(sorted, n, error);
    }
    at_pages_free(sorted, n * sizeof *sorted);
    at_pages_free(files, n * sizeof *files);
    return status;
}

/* Create the directory and its parents. Return false with errno set if that failed, or if the path
   is too long for the names of the files. */
static bool make_directory(const char *directory)
{
    char path[PATH_MAX];
    size_t n = strlen(directory);
    if (n == 0 || n + 2 * MAX_NAME > sizeof path) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return false;
    }
    for (size_t i = 1; i <= n; i++) {
        if (directory[i] != '/' && directory[i] != '\0')
            continue;
        memcpy(path, directory, i);
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return false;
    }
    struct stat status;
    if (stat(directory, &status) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(status.st_mode);
}

/* Write a new file. Return NULL or the reason why the file is incomplete. */
static const char *write_file(const char *path, const struct at_report_row *row)
{
    struct at_text text = { 0 };
    const char *reason = at_report_json_write(&text, row);
    if (!reason && text.truncated)
        reason = strerror(ENOMEM);
    if (!reason) {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 || !at_write_all(fd, &text))
            reason = strerror(errno);
        if (fd >= 0 && close(fd) != 0 && !reason)
            reason = strerror(errno);
    }
    at_text_free(&text);
    return reason;
}

/* Create a directory with a new name in `directory`. mkdir() succeeds for one caller only. */
static bool make_temporary(const char *directory, char path[PATH_MAX])
{
    static uint32_t last; /* atomic */
    for (;;) {
        snprintf(path, PATH_MAX, "%s/.alloc-tracker.%ld.%u.tmp", directory, (long) getpid(),
                 __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED));
        if (mkdir(path, 0777) == 0)
            return true;
        if (errno != EEXIST)
            return false;
    }
}

static void format_path(char path[PATH_MAX], const char *directory, const char *name)
{
    char file[MAX_NAME];
    format_file_name(name, file);
    snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX - MAX_NAME - 1, directory, file);
}

/* Write all files to `temporary`, and then move them to `directory`. */
static enum at_status write_and_rename(const struct at_report *report, const char *directory,
                                       const char *temporary, struct at_report_error *error)
{
    enum at_status status = AT_OK;
    char from[PATH_MAX], to[PATH_MAX];
    size_t n_written = 0;
    for (; n_written < report->n_rows && status == AT_OK; n_written++) {
        format_path(from, temporary, report->rows[n_written].name);
        const char *reason = write_file(from, &report->rows[n_written]);
        if (reason) {
            format_path(to, directory, report->rows[n_written].name);
            set_error(error, to, reason);
            status = AT_ERROR_IO;
        }
    }
    for (size_t i = 0; i < n_written; i++) {
        format_path(from, temporary, report->rows[i].name);
        format_path(to, directory, report->rows[i].name);
        if (status == AT_OK && rename(from, to) != 0) {
            set_error(error, to, strerror(errno));
            status = AT_ERROR_IO;
        }
        if (status != AT_OK)
            unlink(from);
    }
    return status;
}

static enum at_status write_directory(const struct at_report *report, const char *directory,
                                      struct at_report_error *error)
{
    enum at_status status = check_file_names(report, error);
    if (status != AT_OK)
        return status;
    char temporary[PATH_MAX];
    if (!make_directory(directory) || !make_temporary(directory, temporary)) {
        set_error(error, directory, strerror(errno));
        return AT_ERROR_IO;
    }
    status = write_and_rename(report, directory, temporary, error);
    rmdir(temporary);
    return status;
}

enum at_status at_report_write_dir(const struct at_report *report, const char *directory,
                                   struct at_report_error *error)
{
    if (report->n_rows == 0)
        return AT_OK;
    at_suspend(); /* strerror() may allocate */
    enum at_status status = write_directory(report, directory, error);
    at_resume();
    return status;
}
