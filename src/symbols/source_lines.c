/* SPDX-License-Identifier: MIT */
/* See source_lines.h. */
#include "symbols/source_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "symbols/source.h"

enum { MAX_BYTES = 64 << 20 }; /* of all files; with more, the files are read again */

/* A source file or an object file. Of the latter only the time is used. */
struct file {
    bool is_known; /* `changed` is set */
    bool is_read;
    struct at_source_time changed;
    struct at_text content;
    struct at_text starts; /* uint32_t: where each line begins */
};

static struct file *files_of(const struct at_source_lines *lines)
{
    return (struct file *) (void *) lines->files.data;
}

static void forget_files(struct at_source_lines *lines)
{
    for (uint32_t i = 0; i < lines->files.length / sizeof(struct file); i++) {
        at_text_free(&files_of(lines)[i].content);
        at_text_free(&files_of(lines)[i].starts);
    }
    at_text_free(&lines->files);
    at_intern_free(&lines->paths);
    lines->bytes = 0;
}

/* Return the file at `path`, which is added if it is new; NULL if there is no memory. */
static struct file *find_or_add_file(struct at_source_lines *lines, const char *path)
{
    const struct file fresh = { .is_known = false };
    uint32_t number = at_intern_put(&lines->paths, path, strlen(path) + 1);
    if (number == lines->files.length / sizeof fresh)
        at_text_add(&lines->files, (const char *) &fresh, sizeof fresh);
    bool has_room = number < lines->files.length / sizeof fresh;
    struct file *file = has_room ? &files_of(lines)[number] : NULL;
    if (file && !file->is_known)
        at_source_time_get(path, &file->changed);
    if (file)
        file->is_known = true;
    return file;
}

static void read_content(struct file *file, const char *path)
{
    static const uint32_t first;
    char buffer[16384];
    int fd = at_source_open(path);
    ssize_t n = 0;
    at_text_add(&file->starts, (const char *) &first, sizeof first);
    while (fd >= 0 && file->content.length <= MAX_BYTES
           && ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))) {
        size_t before = file->content.length;
        at_text_add(&file->content, buffer, n > 0 ? (size_t) n : 0);
        for (ssize_t i = 0; i < n; i++) {
            uint32_t next = (uint32_t) (before + (size_t) i + 1);
            if (buffer[i] == '\n')
                at_text_add(&file->starts, (const char *) &next, sizeof next);
        }
    }
    if (fd >= 0)
        close(fd);
    if (n != 0 || file->content.truncated || file->starts.truncated) {
        at_text_free(&file->content);
        at_text_free(&file->starts);
    }
}

/* Copy the bytes from `at` to `end`, which a NUL or a newline follows. Return the length. */
static size_t normalize(const char *at, const char *end, char out[AT_SOURCE_MAX + 1])
{
    size_t length = 0;
    bool gap = false;
    while (at < end) {
        size_t n = at_utf8_length(at);
        bool is_blank = (unsigned char) *at <= ' ' || *at == 0x7F;
        const char *from = n ? at : "\xEF\xBF\xBD";
        size_t size = is_blank ? 0 : n ? n : 3;
        if (length + gap + size > AT_SOURCE_MAX)
            break;
        if (gap && !is_blank)
            out[length++] = ' ';
        memcpy(out + length, from, size);
        length += size;
        gap = is_blank && length > 0;
        at += n ? n : 1;
    }
    out[length] = '\0';
    return length;
}

/* Return the file with its content; NULL if it is newer than the object file or cannot be read. */
static const struct file *read_file(struct at_source_lines *lines, const char *path,
                                    const char *object)
{
    struct file *file = find_or_add_file(lines, object);
    const struct at_source_time built = file ? file->changed : (struct at_source_time){ 0 };
    file = find_or_add_file(lines, path);
    if (!file || at_source_time_is_after(&file->changed, &built))
        return NULL;
    if (!file->is_read) {
        file->is_read = true;
        read_content(file, path);
        lines->bytes += file->content.length;
    }
    return file;
}

const char *at_source_lines_get(struct at_source_lines *lines, const char *path, const char *object,
                                int line)
{
    int saved = errno;
    if (lines->bytes > MAX_BYTES)
        forget_files(lines);
    const struct file *file = read_file(lines, path, object);
    errno = saved;
    if (!file || line < 1 || (size_t) line > file->starts.length / sizeof(uint32_t))
        return NULL;
    const uint32_t *start = (const uint32_t *) (const void *) file->starts.data + line - 1;
    bool is_last = (size_t) line == file->starts.length / sizeof *start;
    const char *content = at_text_get(&file->content);
    const char *end = content + (is_last ? file->content.length : start[1]);
    return normalize(content + *start, end, lines->line) ? lines->line : NULL;
}

void at_source_lines_free(struct at_source_lines *lines)
{
    forget_files(lines);
    *lines = (struct at_source_lines){ 0 };
}
